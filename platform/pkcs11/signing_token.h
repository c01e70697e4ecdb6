#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "platform/pkcs11/token.h"

namespace mibun::pkcs11 {

// Key pairs on P-256 in a token, used by name: a private and a public object each. As of Token, of which it shares the
// session: everything is tried again as there, from any thread, one call at a time, and every function may fail with
// keyd_token_failed.
class SigningToken {
 public:
  static Result<std::unique_ptr<SigningToken>> open(const TokenPlace& place, SecretBytes pin);
  virtual ~SigningToken() = default;

  // A new pair that the token makes itself; the private key signs and does nothing else: sensitive, not extractable,
  // not copied or changed. A name that is taken is io_error.
  virtual Status make_pair(const KeyName& name) = 0;
  // The labels of an owner's private keys.
  virtual Result<std::vector<std::string>> labels(const std::string& owner) = 0;
  // What the token says is the public part: the point, 65 bytes beginning with 04. Errors: not_found,
  // keyd_integrity_error.
  virtual Result<Bytes> public_point(const KeyName& name) = 0;
  // ECDSA over a digest of 32 bytes, r || s: whatever the token answers, 64 bytes. Errors: not_found,
  // keyd_integrity_error (two keys of that name, or one that was not made here).
  virtual Result<Bytes> sign_digest(const KeyName& name, BytesView digest32) = 0;
  // Both objects. No such key is no error.
  virtual Status destroy_pair(const KeyName& name) = 0;
};

}  // namespace mibun::pkcs11
