#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/ed25519.h"
#include "core/crypto/p384.h"
#include "tests/support/test_pki.h"

// A new signing key of each kind that JOSE and COSE have here.
struct KeyKind {
  std::string_view name;
  mibun::crypto::SignatureAlgorithm algorithm;
  std::unique_ptr<mibun::crypto::Signer> key;
};
inline std::vector<KeyKind> key_kinds() {
  using namespace mibun::crypto;
  std::vector<KeyKind> made;
  made.push_back({"ES256", SignatureAlgorithm::es256, std::make_unique<P256PrivateKey>(P256PrivateKey::generate())});
  made.push_back({"ES384", SignatureAlgorithm::es384, std::make_unique<P384PrivateKey>(P384PrivateKey::generate())});
  made.push_back(
      {"Ed25519", SignatureAlgorithm::ed25519, std::make_unique<Ed25519PrivateKey>(Ed25519PrivateKey::generate())});
  return made;
}

// One certificate below `authority` for a key of any kind.
inline std::vector<mibun::Bytes> chain_for(const TestAuthority& authority, mibun::crypto::CertificatePurpose purpose,
                                           const std::string& host, const mibun::crypto::Signer& key) {
  auto request = TestAuthority::names(host);
  request.san_dns = {host};
  request.san_uri = {"https://" + host};
  request.purpose = purpose;
  request.not_before = kTestNow - std::chrono::hours(24);
  request.not_after = kTestNow + std::chrono::hours(24 * 365);
  const auto leaf =
      must(mibun::crypto::make_certificate(request, key.verification_key(), authority.root, authority.key));
  return {mibun::to_bytes(leaf.der())};
}
