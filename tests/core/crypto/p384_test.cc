#include "core/crypto/p384.h"

#include <doctest/doctest.h>

#include "core/crypto/p256.h"
#include "tests/core/crypto/wycheproof.h"
#include "tests/support/code_of.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

P384PublicKey group_key(const WycheproofTest& t) {
  return P384PublicKey::from_point(from_hex(t.group.at("publicKey").at("uncompressed").as_string())).value();
}

constexpr std::string_view kOrder =
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";
constexpr std::string_view kPrime =
    "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff";

}  // namespace

TEST_CASE("ECDSA on P-384 in the form r || s agrees with Wycheproof") {
  const int count = for_each_wycheproof("ecdsa_secp384r1_sha384_p1363_test.json", [](const WycheproofTest& t) {
    INFO(t.label());
    const auto signature = parse_p384_signature(t.bytes("sig"));
    const bool accepted = signature.has_value() && group_key(t).verify(t.bytes("msg"), *signature).has_value();
    CHECK(accepted == (t.result() == "valid"));
  });
  CHECK(count == 280);
}

TEST_CASE("ECDSA on P-384 in DER agrees with Wycheproof") {
  const int count = for_each_wycheproof("ecdsa_secp384r1_sha384_test.json", [](const WycheproofTest& t) {
    INFO(t.label());
    CHECK(P384PublicKey::from_spki(t.group_bytes("publicKeyDer")).value() == group_key(t));
    const auto verified = group_key(t).verify_der(t.bytes("msg"), t.bytes("sig"));
    CHECK(verified.has_value() == (t.result() == "valid"));
    if (t.result() == "valid") {
      CHECK(p384_signature_to_der(p384_signature_from_der(t.bytes("sig")).value()) == t.bytes("sig"));
    }
  });
  CHECK(count == 504);
}

TEST_CASE("P-384 points that are not 97 bytes on the curve are refused") {
  const Bytes good = to_bytes(P384PrivateKey::generate().public_key().point());
  REQUIRE(P384PublicKey::from_point(good).has_value());
  const auto with_first = [&](std::uint8_t first, std::size_t size) {
    Bytes point(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    point[0] = first;
    return point;
  };
  Bytes off_curve = good;
  off_curve[96] ^= 1;
  Bytes longer = good;
  longer.push_back(0);
  Bytes above_prime = good;
  const Bytes prime = from_hex(kPrime);
  std::copy(prime.begin(), prime.end(), above_prime.begin() + 1);
  Bytes zeros(97, 0);
  zeros[0] = 4;
  struct Row {
    const char* why;
    Bytes point;
    ErrorCode want;
  };
  const Row rows[] = {
      {"empty", {}, ErrorCode::public_key_malformed},
      {"infinity", {0x00}, ErrorCode::public_key_malformed},
      {"infinity, padded", Bytes(97, 0), ErrorCode::public_key_malformed},
      {"compressed, even", with_first(0x02, 49), ErrorCode::public_key_malformed},
      {"compressed, odd", with_first(0x03, 49), ErrorCode::public_key_malformed},
      {"hybrid", with_first(0x06, 97), ErrorCode::public_key_malformed},
      {"one byte short", with_first(0x04, 96), ErrorCode::public_key_malformed},
      {"one byte long", longer, ErrorCode::public_key_malformed},
      {"off the curve", off_curve, ErrorCode::public_key_not_on_curve},
      {"x is the prime", above_prime, ErrorCode::public_key_not_on_curve},
      {"zeros", zeros, ErrorCode::public_key_not_on_curve},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(P384PublicKey::from_point(row.point)) == row.want);
  }
  CHECK(code_of(P384PublicKey::from_coordinates(BytesView(good).subspan(1, 47), BytesView(good).last(48))) ==
        ErrorCode::public_key_malformed);
}

TEST_CASE("what a P-384 key signs verifies, in both forms, and nothing else does") {
  const P384PrivateKey key = P384PrivateKey::generate(), other = P384PrivateKey::generate();
  for (int i = 0; i < 40; ++i) {  // r and s of every length must survive the DER form
    const std::string message = "message " + std::to_string(i);
    const P384Signature signature = key.sign(as_bytes(message)).value();
    CHECK(key.public_key().verify(as_bytes(message), signature));
    CHECK(key.public_key().verify_der(as_bytes(message), p384_signature_to_der(signature)));
    CHECK(p384_signature_from_der(p384_signature_to_der(signature)).value() == signature);
    CHECK(code_of(other.public_key().verify(as_bytes(message), signature)) == ErrorCode::signature_invalid);
    P384Signature changed = signature;
    changed[static_cast<std::size_t>(i)] ^= 0x10;
    CHECK(code_of(key.public_key().verify(as_bytes(message), changed)) == ErrorCode::signature_invalid);
  }
  const Bytes order = from_hex(kOrder);
  P384Signature zeros{}, orders{};
  std::copy(order.begin(), order.end(), orders.begin());
  std::copy(order.begin(), order.end(), orders.begin() + 48);
  CHECK(code_of(key.public_key().verify(as_bytes("m"), zeros)) == ErrorCode::signature_invalid);
  CHECK(code_of(key.public_key().verify(as_bytes("m"), orders)) == ErrorCode::signature_invalid);
  CHECK(code_of(parse_p384_signature(Bytes(95))) == ErrorCode::signature_malformed);
  CHECK(code_of(parse_p384_signature(Bytes(97))) == ErrorCode::signature_malformed);
}

TEST_CASE("a P-384 private key survives its encodings, and broken ones are refused") {
  const P384PrivateKey key = P384PrivateKey::generate();
  CHECK(P384PrivateKey::from_scalar(key.scalar().reveal()).value().public_key() == key.public_key());
  const Bytes pkcs8 = to_bytes(key.pkcs8().reveal());
  const auto again = P384PrivateKey::from_pkcs8(pkcs8);
  REQUIRE(again.has_value());
  CHECK(again->public_key() == key.public_key());
  CHECK(key.public_key().verify(as_bytes("m"), again->sign(as_bytes("m")).value()));
  CHECK(P384PublicKey::from_spki(key.public_key().spki()).value() == key.public_key());
  CHECK(P384PublicKey::from_coordinates(key.public_key().x(), key.public_key().y()).value() == key.public_key());

  const Bytes scalars[] = {Bytes(48, 0), from_hex(kOrder), Bytes(48, 0xff), Bytes(47, 1), Bytes(49, 1), {}};
  for (const Bytes& scalar : scalars) {
    CHECK(code_of(P384PrivateKey::from_scalar(scalar)) == ErrorCode::private_key_malformed);
  }
  for (std::size_t size = 0; size < pkcs8.size(); ++size) {
    CHECK(code_of(P384PrivateKey::from_pkcs8(BytesView(pkcs8).first(size))) == ErrorCode::private_key_malformed);
  }
  Bytes other_public = pkcs8;
  const P384PublicKey other = P384PrivateKey::generate().public_key();
  std::copy(other.point().begin(), other.point().end(), other_public.end() - 97);
  CHECK(code_of(P384PrivateKey::from_pkcs8(other_public)) == ErrorCode::private_key_malformed);
  CHECK(code_of(P384PrivateKey::from_pkcs8(P256PrivateKey::generate().pkcs8().reveal())) ==
        ErrorCode::private_key_malformed);
}
