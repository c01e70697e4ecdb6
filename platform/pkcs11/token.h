#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"

// The one door to PKCS #11 (OASIS, PKCS #11 Cryptographic Token Interface 2.40).
namespace mibun::pkcs11 {

struct TokenPlace {
  std::string module;  // the shared library's path
  std::string label;   // of the token
};

// How a key object is found: CKA_ID says whose it is, CKA_LABEL which of them.
struct KeyName {
  std::string owner;
  std::string label;
};

// AES-256 keys in a token, used by name. What the token does not answer as it should, for one because it was pulled
// out, is tried once more in a new session and then in a module begun anew; so it works again when the token does,
// without anybody doing anything. A PIN that was refused is never sent again, since tokens count.
//
// From any thread, one call at a time. Every function may fail with keyd_token_failed; `where` names the PKCS #11 call.
class Token {
 public:
  // Finds the token and logs in.
  static Result<std::unique_ptr<Token>> open(TokenPlace place, SecretBytes pin);
  virtual ~Token() = default;

  // A new key that the token makes itself and never gives away: sensitive, not extractable, not copied or changed.
  // A name that is taken is an error.
  virtual Status make_key(const KeyName& name) = 0;
  // The labels of an owner's keys.
  virtual Result<std::vector<std::string>> labels(const std::string& owner) = 0;
  // No such key is no error.
  virtual Status destroy_key(const KeyName& name) = 0;

  // AES-256-GCM with a tag of 16 bytes behind the ciphertext. `iv`: 12 bytes, never twice for one key. Errors:
  // not_found (no such key), keyd_integrity_error (two keys of that name, or one that was not made here: its value may
  // be known elsewhere).
  virtual Result<Bytes> seal(const KeyName& name, BytesView iv, BytesView aad, BytesView plaintext) = 0;
  // Also keyd_integrity_error when it does not open although the token works.
  virtual Result<SecretBytes> open(const KeyName& name, BytesView iv, BytesView aad, BytesView sealed) = 0;
};

}  // namespace mibun::pkcs11
