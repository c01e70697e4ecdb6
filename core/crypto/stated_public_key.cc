#include "core/crypto/stated_public_key.h"

#include "core/crypto/ec_private_key.h"

namespace mibun::crypto {

Result<P256PublicKey> stated_public_key(BytesView pkcs8) {
  const auto point = point_in_own_pkcs8<P256Curve>(pkcs8);
  if (!point) return fail(ErrorCode::private_key_malformed, "pkcs8", "not in the form that is written here");
  return P256PublicKey::from_point(*point);
}

}  // namespace mibun::crypto
