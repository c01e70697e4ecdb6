#include "core/crypto/ec_encoding.h"
#include "core/crypto/ecdsa_der.h"
#include "core/crypto/p256.h"
#include "core/crypto/public_key.h"

namespace mibun::crypto {

Result<P256PublicKey> P256PublicKey::from_coordinates(BytesView x32, BytesView y32) {
  MIBUN_TRY(const auto point, join_point<P256Curve>(x32, y32));
  return from_point(point);
}

Result<P256PublicKey> P256PublicKey::from_spki(BytesView der) {
  if (!is_spki<P256Curve>(der)) {
    return fail(ErrorCode::public_key_malformed, "spki", "not an uncompressed P-256 key");
  }
  return from_point(der.subspan(P256Curve::kSpkiPrefix.size()));
}

Bytes P256PublicKey::spki() const {
  return spki_of<P256Curve>(point_);
}

Status P256PublicKey::verify_der(BytesView message, BytesView der) const {
  MIBUN_TRY(const P256Signature signature, p256_signature_from_der(der));
  return verify(message, signature);
}

Result<P256Signature> parse_p256_signature(BytesView raw64) {
  return raw_signature_of<64>(raw64);
}

Bytes p256_signature_to_der(const P256Signature& signature) {
  return to_bytes(to_der(signature).view());
}

Result<P256Signature> p256_signature_from_der(BytesView der) {
  return from_der<64>(der);
}

PublicKey P256Signer::verification_key() const {
  return public_key();
}

Result<Bytes> P256Signer::sign_raw(BytesView message) const {
  MIBUN_TRY(const P256Signature signature, sign(message));
  return to_bytes(signature);
}

}  // namespace mibun::crypto
