#include "core/crypto/ec_key.h"
#include "core/crypto/public_key_internal.h"

namespace mibun::crypto {

OwnedKey make_pkey(const PublicKey& key) {
  if (const P256PublicKey* p256 = key.p256()) return make_ec_pkey<P256Curve>(p256->point());
  if (const P384PublicKey* p384 = key.p384()) return make_ec_pkey<P384Curve>(p384->point());
  const BytesView bytes = key.ed25519()->bytes();
  OwnedKey made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
  MIBUN_INVARIANT(made != nullptr);
  return made;
}

}  // namespace mibun::crypto
