#include "core/crypto/p256.h"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/crypto/stated_public_key.h"
#include "tests/core/crypto/wycheproof.h"
#include "tests/support/code_of.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

P256PublicKey group_key(const WycheproofTest& t) {
  const auto point = from_hex(t.group.at("publicKey").at("uncompressed").as_string());
  return P256PublicKey::from_point(point).value();
}

constexpr std::string_view kOrder = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

}  // namespace

TEST_CASE("ECDSA in the form r || s agrees with Wycheproof") {
  const int count = for_each_wycheproof("ecdsa_secp256r1_sha256_p1363_test.json", [](const WycheproofTest& t) {
    INFO(t.label());
    const P256PublicKey key = group_key(t);
    const auto signature = parse_p256_signature(t.bytes("sig"));
    const bool accepted = signature.has_value() && key.verify(t.bytes("msg"), *signature).has_value();
    CHECK(accepted == (t.result() == "valid"));
  });
  CHECK(count == 262);
}

TEST_CASE("ECDSA in DER agrees with Wycheproof") {
  const int count = for_each_wycheproof("ecdsa_secp256r1_sha256_test.json", [](const WycheproofTest& t) {
    INFO(t.label());
    const auto verified = group_key(t).verify_der(t.bytes("msg"), t.bytes("sig"));
    CHECK(verified.has_value() == (t.result() == "valid"));
    if (t.result() == "valid") {
      const auto signature = p256_signature_from_der(t.bytes("sig"));
      REQUIRE(signature.has_value());
      CHECK(p256_signature_to_der(*signature) == t.bytes("sig"));
    }
  });
  CHECK(count == 484);
}

TEST_CASE("ECDH agrees with Wycheproof") {
  const int count = for_each_wycheproof("ecdh_secp256r1_ecpoint_test.json", [](const WycheproofTest& t) {
    INFO(t.label());
    Bytes scalar = t.bytes("private");
    if (scalar.size() > 32) scalar.erase(scalar.begin(), scalar.end() - 32);  // a DER sign byte in front
    scalar.insert(scalar.begin(), 32 - scalar.size(), 0);
    const auto key = P256PrivateKey::from_scalar(scalar);
    REQUIRE(key.has_value());
    const auto peer = P256PublicKey::from_point(t.bytes("public"));
    // The one "acceptable" case is a compressed point: no format of ours has them, so it is refused.
    REQUIRE(peer.has_value() == (t.result() == "valid"));
    if (!peer) return;
    const auto secret = key->agree(*peer);
    REQUIRE(secret.has_value());
    CHECK(to_bytes(secret->reveal()) == t.bytes("shared"));
  });
  CHECK(count == 355);
}

namespace {

struct Agreements {
  int agreed = 0, refused = 0;
};

// `read_public` and `read_private` give the keys of a test, or refuse them.
template <class ReadPublic, class ReadPrivate>
Agreements agree_with_wycheproof(const char* file, ReadPublic&& read_public, ReadPrivate&& read_private) {
  Agreements found;
  for_each_wycheproof(file, [&](const WycheproofTest& t) {
    INFO(t.label());
    const Result<P256PublicKey> peer = read_public(t);
    REQUIRE(peer.has_value() == (t.result() == "valid"));
    ++(peer ? found.agreed : found.refused);
    if (!peer) return;
    const Result<P256PrivateKey> key = read_private(t);
    REQUIRE(key.has_value());
    CHECK(to_bytes(key->agree(*peer).value().reveal()) == t.bytes("shared"));
  });
  return found;
}

Bytes pem_body(std::string text) {
  std::string body;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (text[at] != '-') body += text.substr(at, end - at);
    at = end + 1;
  }
  return base64::decode(body).value_or(Bytes());
}

}  // namespace

// "acceptable" here are other encodings of good keys: explicit or unused curve parameters, compressed points, BER. We
// read one encoding (tests/vectors/wycheproof/DECISIONS.md).
TEST_CASE("ECDH with keys in SPKI agrees with Wycheproof") {
  const auto found = agree_with_wycheproof(
      "ecdh_secp256r1_test.json", [](const WycheproofTest& t) { return P256PublicKey::from_spki(t.bytes("public")); },
      [](const WycheproofTest& t) {
        Bytes scalar = t.bytes("private");
        if (scalar.size() > 32) scalar.erase(scalar.begin(), scalar.end() - 32);
        scalar.insert(scalar.begin(), 32 - scalar.size(), 0);
        return P256PrivateKey::from_scalar(scalar);
      });
  CHECK(found.agreed == 330);
  CHECK(found.refused == 282);
}

TEST_CASE("ECDH with keys in PEM agrees with Wycheproof") {
  const auto found = agree_with_wycheproof(
      "ecdh_secp256r1_pem_test.json",
      [](const WycheproofTest& t) { return P256PublicKey::from_spki(pem_body(t.text("public"))); },
      [](const WycheproofTest& t) { return P256PrivateKey::from_pkcs8(pem_body(t.text("private"))); });
  CHECK(found.agreed == 330);
  CHECK(found.refused == 282);
}

TEST_CASE("A38: points that are not 65 bytes on the curve are refused") {
  const Bytes good = to_bytes(P256PrivateKey::generate().public_key().point());
  REQUIRE(P256PublicKey::from_point(good).has_value());
  const auto with_first = [&](std::uint8_t first, std::size_t size) {
    Bytes point(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    point[0] = first;
    return point;
  };
  struct Row {
    const char* why;
    Bytes point;
    ErrorCode want;
  };
  Bytes off_curve = good;
  off_curve[64] ^= 1;
  Bytes longer = good;
  longer.push_back(0);
  Bytes above_prime = good;  // x = p is 0 in the field, but not the way to write it
  const Bytes prime = from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  std::copy(prime.begin(), prime.end(), above_prime.begin() + 1);
  Bytes zeros(65, 0);
  zeros[0] = 4;
  const Row rows[] = {
      {"empty", {}, ErrorCode::public_key_malformed},
      {"infinity", {0x00}, ErrorCode::public_key_malformed},
      {"infinity, padded", Bytes(65, 0), ErrorCode::public_key_malformed},
      {"compressed, even", with_first(0x02, 33), ErrorCode::public_key_malformed},
      {"compressed, odd", with_first(0x03, 33), ErrorCode::public_key_malformed},
      {"hybrid, even", with_first(0x06, 65), ErrorCode::public_key_malformed},
      {"hybrid, odd", with_first(0x07, 65), ErrorCode::public_key_malformed},
      {"one byte short", with_first(0x04, 64), ErrorCode::public_key_malformed},
      {"one byte long", longer, ErrorCode::public_key_malformed},
      {"off the curve", off_curve, ErrorCode::public_key_not_on_curve},
      {"x is the prime", above_prime, ErrorCode::public_key_not_on_curve},
      {"zeros", zeros, ErrorCode::public_key_not_on_curve},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(P256PublicKey::from_point(row.point)) == row.want);
  }
  CHECK(code_of(P256PublicKey::from_coordinates(BytesView(good).subspan(1, 31), BytesView(good).last(32))) ==
        ErrorCode::public_key_malformed);
  // A refused point leaves nothing behind.
  CHECK(P256PublicKey::from_point(good).has_value());
}

TEST_CASE("a public key survives its encodings, and other SPKIs are refused") {
  const P256PublicKey key = P256PrivateKey::generate().public_key();
  CHECK(P256PublicKey::from_spki(key.spki()).value() == key);
  CHECK(P256PublicKey::from_coordinates(key.x(), key.y()).value() == key);
  const Bytes spki = key.spki();
  CHECK(spki.size() == 91);
  for (std::size_t i = 0; i < spki.size(); ++i) {
    Bytes changed = spki;
    changed[i] ^= 1;
    const ErrorCode want = i < 27 ? ErrorCode::public_key_malformed : ErrorCode::public_key_not_on_curve;
    CHECK(code_of(P256PublicKey::from_spki(changed)) == want);
  }
  Bytes longer = spki;
  longer.push_back(0);
  CHECK(code_of(P256PublicKey::from_spki(longer)) == ErrorCode::public_key_malformed);
}

TEST_CASE("what a key signs verifies under it and under no other") {
  const P256PrivateKey key = P256PrivateKey::generate();
  const P256PrivateKey other = P256PrivateKey::generate();
  for (int i = 0; i < 300; ++i) {  // many, because r and s of every length must survive the DER form
    const std::string message = "message " + std::to_string(i);
    const auto signature = key.sign(as_bytes(message));
    REQUIRE(signature.has_value());
    CHECK(key.public_key().verify(as_bytes(message), *signature));
    CHECK(key.public_key().verify_der(as_bytes(message), p256_signature_to_der(*signature)));
    CHECK(p256_signature_from_der(p256_signature_to_der(*signature)).value() == *signature);
    CHECK(code_of(other.public_key().verify(as_bytes(message), *signature)) == ErrorCode::signature_invalid);
    CHECK(code_of(key.public_key().verify(as_bytes(message + "."), *signature)) == ErrorCode::signature_invalid);
    P256Signature changed = *signature;
    changed[static_cast<std::size_t>(i) % 64] ^= 0x10;
    CHECK(code_of(key.public_key().verify(as_bytes(message), changed)) == ErrorCode::signature_invalid);
  }
}

TEST_CASE("A46: zero, the order, and digests of another size never verify") {
  const P256PrivateKey key = P256PrivateKey::generate();
  const Bytes order = from_hex(kOrder);
  P256Signature rows[4]{};  // r = s = 0 was once accepted by a widely used library
  rows[1][63] = 1;
  rows[2][31] = 1;
  std::copy(order.begin(), order.end(), rows[3].begin());
  std::copy(order.begin(), order.end(), rows[3].begin() + 32);
  for (const P256Signature& row : rows) {
    CHECK(code_of(key.public_key().verify(as_bytes("m"), row)) == ErrorCode::signature_invalid);
  }
}

#if !defined(__wasi__)  // kVerifiesDigests
TEST_CASE("only a whole digest is signed and verified") {
  const P256PrivateKey key = P256PrivateKey::generate();
  const Sha256Digest digest = sha256("m");
  const P256Signature good = key.sign_digest(digest).value();
  CHECK(key.public_key().verify_digest(digest, good));
  CHECK(code_of(key.public_key().verify_digest(BytesView(digest).first(31), good)) == ErrorCode::signature_invalid);
  CHECK(code_of(key.public_key().verify_digest({}, good)) == ErrorCode::signature_invalid);
  Bytes longer = to_bytes(digest);  // ECDSA would look at the leftmost 256 bits only
  longer.push_back(0);
  CHECK(code_of(key.public_key().verify_digest(longer, good)) == ErrorCode::signature_invalid);
  CHECK(code_of(key.sign_digest(BytesView(digest).first(20))) == ErrorCode::invalid_argument);
}
#endif

TEST_CASE("signatures of another shape are malformed, not merely wrong") {
  CHECK(code_of(parse_p256_signature(Bytes(63))) == ErrorCode::signature_malformed);
  CHECK(code_of(parse_p256_signature(Bytes(65))) == ErrorCode::signature_malformed);
  const P256PrivateKey key = P256PrivateKey::generate();
  const Bytes der = p256_signature_to_der(key.sign(as_bytes("m")).value());
  CHECK(code_of(key.public_key().verify_der(as_bytes("m"), {})) == ErrorCode::signature_malformed);
  for (std::size_t size = 0; size < der.size(); ++size) {
    CHECK(code_of(key.public_key().verify_der(as_bytes("m"), BytesView(der).first(size))) ==
          ErrorCode::signature_malformed);
  }
  Bytes longer = der;
  longer.push_back(0);
  CHECK(code_of(key.public_key().verify_der(as_bytes("m"), longer)) == ErrorCode::signature_malformed);
}

TEST_CASE("only the one DER form of a signature is read") {
  P256Signature small{};
  small[31] = 0x11, small[63] = 0x80;  // r = 17, s = 128
  CHECK(p256_signature_to_der(small) == from_hex("300702011102020080"));
  CHECK(p256_signature_from_der(from_hex("300702011102020080")).value() == small);
  const std::pair<const char*, const char*> rows[] = {
      {"r with a zero in front", "30080202001102020080"},
      {"s negative", "3006020111020180"},
      {"r empty",
       "30060200"
       "02020080"},
      {"length in the long form", "30810702011102020080"},
      {"indefinite length", "3080020111020200800000"},
      {"a third integer", "300a02011102020080020101"},
      {"not an integer", "300703011102020080"},
      {"a set", "310702011102020080"},
      {"33 bytes",
       "302702210100000000000000000000000000000000000000000000000000000000000000000202"
       "0080"},
  };
  for (const auto& [why, der] : rows) {
    INFO(std::string(why));
    CHECK(code_of(p256_signature_from_der(from_hex(der))) == ErrorCode::signature_malformed);
  }
}

TEST_CASE("a private key survives its encodings") {
  const P256PrivateKey key = P256PrivateKey::generate();
  const auto from_scalar = P256PrivateKey::from_scalar(key.scalar().reveal());
  REQUIRE(from_scalar.has_value());
  CHECK(from_scalar->public_key() == key.public_key());
  const auto from_pkcs8 = P256PrivateKey::from_pkcs8(key.pkcs8().reveal());
  REQUIRE(from_pkcs8.has_value());
  CHECK(from_pkcs8->public_key() == key.public_key());
  CHECK(to_bytes(from_pkcs8->scalar().reveal()) == to_bytes(key.scalar().reveal()));
  CHECK(key.public_key().verify(as_bytes("m"), from_pkcs8->sign(as_bytes("m")).value()));
}

#if !defined(__wasi__)  // the server's
TEST_CASE("the public key that a private key of ours states is read without it, and from no other form") {
  const auto key = P256PrivateKey::generate();
  const SecretBytes pkcs8 = key.pkcs8();
  const auto stated = stated_public_key(pkcs8.reveal());
  REQUIRE(stated.has_value());
  CHECK(*stated == key.public_key());

  const Bytes good = to_bytes(pkcs8.reveal());
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(!stated_public_key(BytesView(good).first(size)));
  Bytes longer = good;
  longer.push_back(0);
  CHECK(code_of(stated_public_key(longer)) == ErrorCode::private_key_malformed);
  Bytes other_form = good;
  other_form[0] ^= 1;
  CHECK(code_of(stated_public_key(other_form)) == ErrorCode::private_key_malformed);
  Bytes off_curve = good;
  off_curve.back() ^= 1;
  CHECK(code_of(stated_public_key(off_curve)) == ErrorCode::public_key_not_on_curve);
}

TEST_CASE("keys that one thread makes are different, and so are those of many") {
  std::mutex mutex;
  std::set<Bytes> points;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int made = 0; made < 50; ++made) {
          const auto key = P256PrivateKey::generate();
          const auto again = P256PrivateKey::from_scalar(key.scalar().reveal());
          const std::lock_guard lock(mutex);
          CHECK((again && again->public_key() == key.public_key()));
          points.insert(to_bytes(key.public_key().point()));
        }
      });
    }
  }
  CHECK(points.size() == 200);
}
#endif

TEST_CASE("a scalar of one gives the base point") {
  Bytes one(32, 0);
  one[31] = 1;
  const P256PublicKey base = P256PrivateKey::from_scalar(one).value().public_key();
  CHECK(to_bytes(base.x()) == from_hex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"));
}

TEST_CASE("scalars out of range and broken PKCS#8 are refused") {
  Bytes below_order = from_hex(kOrder);
  below_order[31] -= 1;
  CHECK(P256PrivateKey::from_scalar(below_order).has_value());
  const Bytes rows[] = {Bytes(32, 0), from_hex(kOrder), Bytes(32, 0xff), Bytes(31, 1), Bytes(33, 1), {}};
  for (const Bytes& row : rows) CHECK(code_of(P256PrivateKey::from_scalar(row)) == ErrorCode::private_key_malformed);

  const Bytes pkcs8 = to_bytes(P256PrivateKey::generate().pkcs8().reveal());
  for (std::size_t size = 0; size < pkcs8.size(); ++size) {
    CHECK(!P256PrivateKey::from_pkcs8(BytesView(pkcs8).first(size)).has_value());
  }
  Bytes longer = pkcs8;
  longer.push_back(0);
  CHECK(code_of(P256PrivateKey::from_pkcs8(longer)) == ErrorCode::private_key_malformed);
  Bytes other_public = pkcs8;  // the scalar of one key with the point of another
  const P256PublicKey other = P256PrivateKey::generate().public_key();
  std::copy(other.point().begin(), other.point().end(), other_public.end() - 65);
  CHECK(code_of(P256PrivateKey::from_pkcs8(other_public)) == ErrorCode::private_key_malformed);
}

TEST_CASE("both sides of a key agreement reach the same secret") {
  const P256PrivateKey a = P256PrivateKey::generate(), b = P256PrivateKey::generate();
  const SecretBytes one = a.agree(b.public_key()).value();
  const SecretBytes two = b.agree(a.public_key()).value();
  CHECK(one.size() == 32);
  CHECK(ct_equal(one.reveal(), two.reveal()));
  CHECK(!ct_equal(one.reveal(), a.agree(P256PrivateKey::generate().public_key()).value().reveal()));
}

TEST_CASE("threads share keys") {
  const P256PrivateKey shared = P256PrivateKey::generate();
  std::atomic<int> wrong = 0;
  const auto work = [&](int thread) {
    const P256PrivateKey own = P256PrivateKey::generate();
    for (int i = 0; i < 60; ++i) {
      const std::string message = std::to_string(thread) + "/" + std::to_string(i);
      const P256Signature by_shared = shared.sign(as_bytes(message)).value();
      const P256Signature by_own = own.sign(as_bytes(message)).value();
      wrong += !shared.public_key().verify(as_bytes(message), by_shared).has_value();
      wrong += !own.public_key().verify(as_bytes(message), by_own).has_value();
      wrong += shared.public_key().verify(as_bytes(message), by_own).has_value();
      wrong += own.public_key().verify(as_bytes(message), by_shared).has_value();
      wrong += !shared.agree(own.public_key()).has_value();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
