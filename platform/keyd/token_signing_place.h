#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "platform/keyd/signing_papers.h"
#include "platform/keyd/signing_place.h"
#include "platform/pkcs11/signing_token.h"

namespace mibun::keyd {

// Signing keys inside a PKCS #11 token: pairs with CKA_ID "mibun signing key" and CKA_LABEL the stem. The private part
// never leaves it. The paper <stem>.pub has the public part as it was when the key was made (DER,
// SubjectPublicKeyInfo).
//
// The token is not believed: every signature is verified with that public part before anybody sees it, so one that was
// made over something else, or with another key, is keyd_token_failed.
class TokenSigningPlace final : public SigningPlace {
 public:
  TokenSigningPlace(std::shared_ptr<SigningPapers> papers, std::unique_ptr<pkcs11::SigningToken> token)
      : papers_(std::move(papers)), token_(std::move(token)) {}
  // With its papers in that directory.
  TokenSigningPlace(std::string directory, std::unique_ptr<pkcs11::SigningToken> token)
      : TokenSigningPlace(std::make_shared<DirectoryPapers>(std::move(directory)), std::move(token)) {}

  Result<std::vector<std::string>> stems() override;
  // Goes on with a pair that was made in the token when the process ended before its public part was written.
  Result<crypto::P256PublicKey> create(const std::string& stem) override;
  Result<crypto::P256PublicKey> public_key(const std::string& stem) override;
  Result<crypto::P256Signature> sign(const std::string& stem, BytesView message) override;
  Status destroy(const std::string& stem) override;

 private:
  Result<crypto::P256Signature> sign_for(const crypto::P256PublicKey& key, const std::string& stem, BytesView message);

  const std::shared_ptr<SigningPapers> papers_;
  const std::unique_ptr<pkcs11::SigningToken> token_;
  std::mutex mutex_;
  std::map<std::string, crypto::P256PublicKey> known_;
};

}  // namespace mibun::keyd
