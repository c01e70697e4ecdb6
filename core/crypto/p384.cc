#include "core/crypto/p384.h"

#include "core/crypto/ec_key.h"
#include "core/crypto/ec_private_key.h"
#include "core/crypto/ecdsa_der.h"
#include "core/crypto/hash.h"
#include "core/crypto/p384_internal.h"
#include "core/crypto/public_key.h"

namespace mibun::crypto {

Result<P384PublicKey> P384PublicKey::from_point(BytesView point97) {
  P384PublicKey key;
  MIBUN_CHECK(check_point<P384Curve>(point97, key.point_));
  return key;
}

Status P384PublicKey::verify(BytesView message, const P384Signature& signature) const {
  auto* key = ThreadKeys<P384Curve>::with_point(point_);
  MIBUN_INVARIANT(key != nullptr);  // was on the curve when the key was made
  if (!key->verify(sha384(message), signature)) {
    return clear_errors(fail(ErrorCode::signature_invalid, "signature", "does not match"));
  }
  return {};
}

P384PrivateKey::P384PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
P384PrivateKey::P384PrivateKey(P384PrivateKey&&) noexcept = default;
P384PrivateKey& P384PrivateKey::operator=(P384PrivateKey&&) noexcept = default;
P384PrivateKey::~P384PrivateKey() = default;

P384PrivateKey P384PrivateKey::generate() {
  auto pair = generate_ec_pair<P384Curve>();
  const auto public_key = P384PublicKey::from_point(pair.point);
  MIBUN_INVARIANT(public_key.has_value());
  return P384PrivateKey(std::make_unique<Impl>(std::move(pair.key), *public_key));
}

Result<P384PrivateKey> P384PrivateKey::from_scalar(BytesView scalar48) {
  MIBUN_TRY(auto pair, ec_pair_from_scalar<P384Curve>(scalar48));
  MIBUN_TRY(const P384PublicKey public_key, P384PublicKey::from_point(pair.point));
  return P384PrivateKey(std::make_unique<Impl>(std::move(pair.key), public_key));
}

Result<P384PrivateKey> P384PrivateKey::from_pkcs8(BytesView der) {
  MIBUN_TRY(auto pair, ec_pair_from_pkcs8<P384Curve>(der));
  MIBUN_TRY(const P384PublicKey public_key, P384PublicKey::from_point(pair.point));
  return P384PrivateKey(std::make_unique<Impl>(std::move(pair.key), public_key));
}

P384PublicKey P384PrivateKey::public_key() const {
  return impl_->public_key;
}

Result<P384Signature> P384PrivateKey::sign(BytesView message) const {
  const Bytes digest = sha384(message);
  DerSignatureOf<P384Curve::kHalf> der;
  der.size = der.bytes.size();
  const bool good = impl_->sign_contexts.with_context([&](EVP_PKEY_CTX* context) {
    return EVP_PKEY_sign(context, der.bytes.data(), &der.size, digest.data(), digest.size()) == 1;
  });
  if (!good) return clear_errors(fail(ErrorCode::crypto_failure, "sign"));
  return p384_signature_from_der(der.view());
}

SecretBytes P384PrivateKey::scalar() const {
  return ec_scalar<P384Curve>(impl_->key.get());
}

SecretBytes P384PrivateKey::pkcs8() const {
  return ec_pkcs8<P384Curve>(scalar(), impl_->public_key.point());
}

}  // namespace mibun::crypto
