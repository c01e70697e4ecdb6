#include "core/crypto/ec_encoding.h"
#include "core/crypto/ecdsa_der.h"
#include "core/crypto/p384.h"
#include "core/crypto/public_key.h"

namespace mibun::crypto {

Result<P384PublicKey> P384PublicKey::from_coordinates(BytesView x48, BytesView y48) {
  MIBUN_TRY(const auto point, join_point<P384Curve>(x48, y48));
  return from_point(point);
}

Result<P384PublicKey> P384PublicKey::from_spki(BytesView der) {
  if (!is_spki<P384Curve>(der)) {
    return fail(ErrorCode::public_key_malformed, "spki", "not an uncompressed P-384 key");
  }
  return from_point(der.subspan(P384Curve::kSpkiPrefix.size()));
}

Bytes P384PublicKey::spki() const {
  return spki_of<P384Curve>(point_);
}

Status P384PublicKey::verify_der(BytesView message, BytesView der) const {
  MIBUN_TRY(const P384Signature signature, p384_signature_from_der(der));
  return verify(message, signature);
}

Result<P384Signature> parse_p384_signature(BytesView raw96) {
  return raw_signature_of<96>(raw96);
}

Bytes p384_signature_to_der(const P384Signature& signature) {
  return to_bytes(to_der(signature).view());
}

Result<P384Signature> p384_signature_from_der(BytesView der) {
  return from_der<96>(der);
}

PublicKey P384PrivateKey::verification_key() const {
  return public_key();
}

Result<Bytes> P384PrivateKey::sign_raw(BytesView message) const {
  MIBUN_TRY(const P384Signature signature, sign(message));
  return to_bytes(signature);
}

}  // namespace mibun::crypto
