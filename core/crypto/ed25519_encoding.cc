#include "core/crypto/ed25519_encoding.h"

#include <algorithm>

#include "core/crypto/ed25519.h"
#include "core/crypto/public_key.h"

namespace mibun::crypto {

Result<Ed25519PublicKey> Ed25519PublicKey::from_spki(BytesView der) {
  if (der.size() != kEd25519SpkiPrefix.size() + kEd25519Size ||
      !std::equal(kEd25519SpkiPrefix.begin(), kEd25519SpkiPrefix.end(), der.begin())) {
    return fail(ErrorCode::public_key_malformed, "spki", "not a key of a known kind");
  }
  return from_bytes(der.subspan(kEd25519SpkiPrefix.size()));
}

Bytes Ed25519PublicKey::spki() const {
  Bytes der(kEd25519SpkiPrefix.begin(), kEd25519SpkiPrefix.end());
  der.insert(der.end(), bytes_.begin(), bytes_.end());
  return der;
}

PublicKey Ed25519PrivateKey::verification_key() const {
  return public_key();
}

Result<Bytes> Ed25519PrivateKey::sign_raw(BytesView message) const {
  MIBUN_TRY(const Ed25519Signature signature, sign(message));
  return to_bytes(signature);
}

}  // namespace mibun::crypto
