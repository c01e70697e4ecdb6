#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/crypto/p256.h"

namespace mibun::keyd {

// Where private signing keys are, by their stems (stem_of()): in sealed files (file_signing_place.h) or in a token
// (token_signing_place.h). From any thread. Each may fail with io_error; a token's with keyd_token_failed.
class SigningPlace {
 public:
  virtual ~SigningPlace() = default;

  // Of the private keys that are there.
  virtual Result<std::vector<std::string>> stems() = 0;
  // A new key, durable. Whoever calls it knows that there is none of that name anywhere.
  virtual Result<crypto::P256PublicKey> create(const std::string& stem) = 0;
  // Errors: not_found, keyd_integrity_error.
  virtual Result<crypto::P256PublicKey> public_key(const std::string& stem) = 0;
  // ECDSA with SHA-256. Errors: not_found.
  virtual Result<crypto::P256Signature> sign(const std::string& stem, BytesView message) = 0;
  // For good. No such key is no error.
  virtual Status destroy(const std::string& stem) = 0;
};

}  // namespace mibun::keyd
