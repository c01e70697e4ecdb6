#pragma once

// For files in core/crypto only.

#include <openssl/types.h>

#include "core/crypto/openssl.h"

namespace mibun::crypto {

// A public key of one curve whose point can be replaced, and what verifying with it takes. Uses the library's EC_KEY
// functions: EVP_PKEY_verify would have r || s written as DER, read back and written again to compare, and setting its
// key goes through parameters by name (docs/decisions/0022). For one thread at a time.
class EcVerifyKey {
 public:
  explicit EcVerifyKey(int curve_nid);

  // False when the point is not on the curve; then nothing may be verified until a good one is set. `point`:
  // uncompressed.
  [[nodiscard]] bool set(BytesView point);
  // ECDSA over a digest of the curve's size; the signature's halves are r and s. False also when either is out of
  // range.
  [[nodiscard]] bool verify(BytesView digest, BytesView r_and_s);

 private:
  struct FreeKey {
    void operator()(EC_KEY* key) const;
  };
  using OwnedEcKey = std::unique_ptr<EC_KEY, FreeKey>;
  using OwnedSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;
  using OwnedNumbers = Owned<BN_CTX, BN_CTX_free>;
  OwnedEcKey key_;
  OwnedNumbers numbers_;
  OwnedSignature signature_;
  BIGNUM *r_, *s_;  // owned by signature_
};

}  // namespace mibun::crypto
