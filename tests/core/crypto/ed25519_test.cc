#include "core/crypto/ed25519.h"

#include <doctest/doctest.h>

#include "core/crypto/hash.h"
#include "tests/core/crypto/wycheproof.h"
#include "tests/support/code_of.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

Ed25519Signature signature_of(BytesView bytes) {
  Ed25519Signature signature{};
  std::copy_n(bytes.begin(), signature.size(), signature.begin());
  return signature;
}

}  // namespace

TEST_CASE("Ed25519 agrees with Wycheproof") {
  const int count = for_each_wycheproof("ed25519_test.json", [](const WycheproofTest& t) {
    INFO(t.label());
    const auto key = Ed25519PublicKey::from_bytes(from_hex(t.group.at("publicKey").at("pk").as_string()));
    REQUIRE(key.has_value());
    CHECK(Ed25519PublicKey::from_spki(t.group_bytes("publicKeyDer")).value() == *key);
    CHECK(key->spki() == t.group_bytes("publicKeyDer"));
    const Bytes signature = t.bytes("sig");
    const bool accepted = signature.size() == 64 && key->verify(t.bytes("msg"), signature_of(signature)).has_value();
    CHECK(accepted == (t.result() == "valid"));
  });
  CHECK(count == 151);
}

TEST_CASE("RFC 8032, section 7.1: keys and signatures") {
  struct Row {
    const char *seed, *public_key, *message, *signature;
  };
  constexpr Row rows[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
       "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
  };
  for (const Row& row : rows) {
    const auto key = Ed25519PrivateKey::from_seed(from_hex(row.seed));
    REQUIRE(key.has_value());
    CHECK(to_bytes(key->public_key().bytes()) == from_hex(row.public_key));
    CHECK(to_bytes(key->sign(from_hex(row.message)).value()) == from_hex(row.signature));
    CHECK(key->public_key().verify(from_hex(row.message), signature_of(from_hex(row.signature))));
  }
}

TEST_CASE("bytes that are no usable Ed25519 key are refused") {
  struct Row {
    const char *why, *key;
    ErrorCode want;
  };
  constexpr Row rows[] = {
      {"identity", "0100000000000000000000000000000000000000000000000000000000000000", ErrorCode::public_key_malformed},
      {"identity with negative zero", "0100000000000000000000000000000000000000000000000000000000000080",
       ErrorCode::public_key_malformed},
      {"order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", ErrorCode::public_key_malformed},
      {"order 2 with negative zero", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       ErrorCode::public_key_malformed},
      {"order 4", "0000000000000000000000000000000000000000000000000000000000000000", ErrorCode::public_key_malformed},
      {"order 4, the other", "0000000000000000000000000000000000000000000000000000000000000080",
       ErrorCode::public_key_malformed},
      {"order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", ErrorCode::public_key_malformed},
      {"order 8, second", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
       ErrorCode::public_key_malformed},
      {"order 8, third", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
       ErrorCode::public_key_malformed},
      {"order 8, fourth", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
       ErrorCode::public_key_malformed},
      {"y = p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", ErrorCode::public_key_malformed},
      {"y = p + 1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       ErrorCode::public_key_malformed},
      {"y = p + 3, which would be on the curve", "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
       ErrorCode::public_key_malformed},
      {"y = 2^255 - 1 and the sign", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
       ErrorCode::public_key_malformed},
      {"y = 2, no such point", "0200000000000000000000000000000000000000000000000000000000000000",
       ErrorCode::public_key_not_on_curve},
      {"31 bytes", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751", ErrorCode::public_key_malformed},
      {"33 bytes", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a00",
       ErrorCode::public_key_malformed},
      {"empty", "", ErrorCode::public_key_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(Ed25519PublicKey::from_bytes(from_hex(row.key))) == row.want);
  }
  // y = 3 is the reduced twin of "p + 3".
  CHECK(Ed25519PublicKey::from_bytes(from_hex("0300000000000000000000000000000000000000000000000000000000000000")));
}

TEST_CASE("our check of the curve agrees with the library's: a random key is half of the time no key") {
  SystemRng rng;
  int good = 0;
  for (int i = 0; i < 200; ++i) {
    const auto key = Ed25519PublicKey::from_bytes(rng.bytes(32));
    if (!key) continue;
    ++good;
    // Had the library not been able to decode it, this would be a crash or an acceptance, not a plain refusal.
    CHECK(code_of(key->verify(as_bytes("m"), Ed25519Signature{})) == ErrorCode::signature_invalid);
  }
  CHECK(good > 50);
  CHECK(good < 150);
}

TEST_CASE("an Ed25519 private key survives its encodings, and broken ones are refused") {
  const Ed25519PrivateKey key = Ed25519PrivateKey::generate();
  CHECK(Ed25519PrivateKey::from_seed(key.seed().reveal()).value().public_key() == key.public_key());
  const Bytes pkcs8 = to_bytes(key.pkcs8().reveal());
  const auto again = Ed25519PrivateKey::from_pkcs8(pkcs8);
  REQUIRE(again.has_value());
  CHECK(again->sign(as_bytes("m")).value() == key.sign(as_bytes("m")).value());
  for (std::size_t size = 0; size < pkcs8.size(); ++size) {
    CHECK(code_of(Ed25519PrivateKey::from_pkcs8(BytesView(pkcs8).first(size))) == ErrorCode::private_key_malformed);
  }
  CHECK(code_of(Ed25519PrivateKey::from_seed(Bytes(31))) == ErrorCode::private_key_malformed);
  CHECK(code_of(Ed25519PrivateKey::from_seed(Bytes(33))) == ErrorCode::private_key_malformed);
}

TEST_CASE("every flipped bit of an Ed25519 signature is refused, and keys take turns in a thread") {
  std::vector<Ed25519PrivateKey> keys;
  for (int i = 0; i < 6; ++i) keys.push_back(Ed25519PrivateKey::generate());  // more than a thread remembers
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Ed25519Signature signature = keys[i].sign(as_bytes("m")).value();
      CHECK(keys[i].public_key().verify(as_bytes("m"), signature));
      CHECK(code_of(keys[(i + 1) % keys.size()].public_key().verify(as_bytes("m"), signature)) ==
            ErrorCode::signature_invalid);
    }
  }
  const Ed25519Signature good = keys[0].sign(as_bytes("m")).value();
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Ed25519Signature bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
    CHECK(code_of(keys[0].public_key().verify(as_bytes("m"), bad)) == ErrorCode::signature_invalid);
  }
}
