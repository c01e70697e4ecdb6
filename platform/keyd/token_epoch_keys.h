#pragma once

#include <memory>
#include <string>

#include "platform/keyd/epoch_keys.h"
#include "platform/pkcs11/token.h"

namespace mibun::keyd {

// Epoch keys inside a PKCS #11 token: one AES-256 key object each, with CKA_ID "mibun epoch key" and CKA_LABEL
// "mibun epoch <number>". They never leave it: data keys go in to be wrapped (AES-256-GCM, the binding as AAD) and come
// out as bytes. Destroying an epoch destroys the object.
//
// The token is not believed. A wrapped key's IV is a hash of the key and its binding (the first 12 bytes of
// HMAC-SHA-256), so that whatever comes back from unwrapping is known to be the key that went in; and what was wrapped
// is unwrapped before anybody relies on it. Such an IV repeats only for the same key in the same place. Data keys are
// random, so it says nothing about them.
class TokenEpochKeys final : public EpochKeys {
 public:
  // `owner`: CKA_ID, so that two tables have their epochs in one token.
  explicit TokenEpochKeys(std::unique_ptr<pkcs11::Token> token, std::string owner = "mibun epoch key")
      : token_(std::move(token)), owner_(std::move(owner)) {}

  Result<std::unique_ptr<EpochKey>> make(std::int64_t number, Rng& rng) override;
  Result<std::unique_ptr<EpochKey>> load(std::int64_t number) override;
  Status erase_others(std::int64_t number) override;
  Result<bool> others_exist(std::int64_t number) override;

 private:
  pkcs11::KeyName key_name(std::int64_t number) const { return {owner_, "mibun epoch " + std::to_string(number)}; }

  const std::shared_ptr<pkcs11::Token> token_;
  const std::string owner_;
};

}  // namespace mibun::keyd
