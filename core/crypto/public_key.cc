#include "core/crypto/public_key.h"

#include "core/crypto/ec_key.h"
#include "core/crypto/ecdsa_der.h"
#include "core/crypto/public_key_internal.h"

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

OwnedKey make_pkey(const PublicKey& key) {
  if (const P256PublicKey* p256 = key.p256()) return make_ec_pkey<P256Curve>(p256->point());
  if (const P384PublicKey* p384 = key.p384()) return make_ec_pkey<P384Curve>(p384->point());
  const BytesView bytes = key.ed25519()->bytes();
  OwnedKey made(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
  MIBUN_INVARIANT(made != nullptr);
  return made;
}

}  // namespace mibun::crypto
