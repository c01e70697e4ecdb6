#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::crypto {

class PublicKey;  // core/crypto/public_key.h

// Who can sign without showing the key: a file, a token, a browser. The algorithm belongs to the key and is never
// chosen per message. Where only a P-256 key makes sense (cards, DPoP), ask for a P256Signer.
class Signer {
 public:
  virtual ~Signer() = default;
  // What verifies the signatures made here.
  virtual PublicKey verification_key() const = 0;
  // The signature over `message` in the form of JOSE and COSE: r || s for ECDSA (64 or 96 bytes), 64 bytes for
  // Ed25519. Errors: crypto_failure, unavailable, wallet_locked.
  virtual Result<Bytes> sign_raw(BytesView message) const = 0;
};

}  // namespace mibun::crypto
