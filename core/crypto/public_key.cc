#include "core/crypto/public_key.h"

#include "core/crypto/ec_encoding.h"
#include "core/crypto/ecdsa_der.h"

namespace mibun::crypto {

Result<PublicKey> PublicKey::from_spki(BytesView der) {
  if (is_spki<P256Curve>(der)) return P256PublicKey::from_spki(der);
  if (is_spki<P384Curve>(der)) return P384PublicKey::from_spki(der);
  return Ed25519PublicKey::from_spki(der);
}

Bytes PublicKey::spki() const {
  return std::visit([](const auto& key) { return key.spki(); }, key_);
}

Status PublicKey::verify(BytesView message, BytesView raw_signature) const {
  if (const P256PublicKey* key = p256()) {
    MIBUN_TRY(const P256Signature signature, raw_signature_of<64>(raw_signature));
    return key->verify(message, signature);
  }
  if (const P384PublicKey* key = p384()) {
    MIBUN_TRY(const P384Signature signature, raw_signature_of<96>(raw_signature));
    return key->verify(message, signature);
  }
  MIBUN_TRY(const Ed25519Signature signature, raw_signature_of<64>(raw_signature));
  return ed25519()->verify(message, signature);
}

}  // namespace mibun::crypto
