#include "core/crypto/public_key.h"

#include <doctest/doctest.h>

#include "tests/core/crypto/wycheproof.h"
#include "tests/support/code_of.h"

using namespace mibun;
using namespace mibun::crypto;

namespace {

void check_signer(const Signer& signer, SignatureAlgorithm algorithm) {
  const PublicKey key = signer.verification_key();
  CHECK(key.algorithm() == algorithm);
  CHECK((key.p256() != nullptr) == (algorithm == SignatureAlgorithm::es256));
  CHECK((key.p384() != nullptr) == (algorithm == SignatureAlgorithm::es384));
  CHECK((key.ed25519() != nullptr) == (algorithm == SignatureAlgorithm::ed25519));
  CHECK(PublicKey::from_spki(key.spki()).value() == key);

  const Bytes signature = signer.sign_raw(as_bytes("m")).value();
  CHECK(signature.size() == signature_size(algorithm));
  CHECK(key.verify(as_bytes("m"), signature));
  CHECK(code_of(key.verify(as_bytes("n"), signature)) == ErrorCode::signature_invalid);
  CHECK(code_of(key.verify(as_bytes("m"), Bytes(signature.size()))) == ErrorCode::signature_invalid);
  for (const std::size_t size : {0U, 63U, 65U, 95U, 97U, 128U}) {
    CHECK(code_of(key.verify(as_bytes("m"), Bytes(size))) == ErrorCode::signature_malformed);
  }
}

}  // namespace

TEST_CASE("each kind of key makes and takes its own signatures") {
  check_signer(P256PrivateKey::generate(), SignatureAlgorithm::es256);
  check_signer(P384PrivateKey::generate(), SignatureAlgorithm::es384);
  check_signer(Ed25519PrivateKey::generate(), SignatureAlgorithm::ed25519);
}

TEST_CASE("keys of different kinds are different, whatever they sign") {
  const P256PrivateKey p256 = P256PrivateKey::generate();
  const Ed25519PrivateKey ed25519 = Ed25519PrivateKey::generate();
  CHECK(p256.verification_key() == PublicKey(p256.public_key()));
  CHECK(p256.verification_key() != ed25519.verification_key());
  // The sizes agree; the kind of key decides.
  CHECK(code_of(p256.verification_key().verify(as_bytes("m"), ed25519.sign_raw(as_bytes("m")).value())) ==
        ErrorCode::signature_invalid);
  CHECK(code_of(ed25519.verification_key().verify(as_bytes("m"), p256.sign_raw(as_bytes("m")).value())) ==
        ErrorCode::signature_invalid);
}

TEST_CASE("SPKIs of other keys, and ours with a byte changed before the key, are refused") {
  const char* others[] = {"ecdsa_brainpoolP256r1_sha256_test.json", "ecdsa_secp521r1_sha512_p1363_test.json"};
  for (const char* file : others) {
    for_each_wycheproof(file, [](const WycheproofTest& t) {
      CHECK(code_of(PublicKey::from_spki(t.group_bytes("publicKeyDer"))) == ErrorCode::public_key_malformed);
    });
  }
  const std::pair<Bytes, std::size_t> rows[] = {{P256PrivateKey::generate().public_key().spki(), 27},
                                                {P384PrivateKey::generate().public_key().spki(), 24},
                                                {Ed25519PrivateKey::generate().public_key().spki(), 12}};
  for (const auto& [spki, prefix] : rows) {
    CHECK(!PublicKey::from_spki(BytesView(spki).first(spki.size() - 1)).has_value());
    Bytes longer = spki;
    longer.push_back(0);
    CHECK(code_of(PublicKey::from_spki(longer)) == ErrorCode::public_key_malformed);
    for (std::size_t i = 0; i < prefix; ++i) {
      Bytes changed = spki;
      changed[i] ^= 1;
      CHECK(code_of(PublicKey::from_spki(changed)) == ErrorCode::public_key_malformed);
    }
  }
}
