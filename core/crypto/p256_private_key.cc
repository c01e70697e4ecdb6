#include "core/crypto/ec_private_key.h"
#include "core/crypto/ecdsa_der.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "core/crypto/p256_internal.h"

namespace mibun::crypto {

P256PrivateKey::P256PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
P256PrivateKey::P256PrivateKey(P256PrivateKey&&) noexcept = default;
P256PrivateKey& P256PrivateKey::operator=(P256PrivateKey&&) noexcept = default;
P256PrivateKey::~P256PrivateKey() = default;

P256PrivateKey P256PrivateKey::generate() {
  auto pair = generate_ec_pair<P256Curve>();
  const auto public_key = P256PublicKey::from_point(pair.point);
  MIBUN_INVARIANT(public_key.has_value());
  return P256PrivateKey(std::make_unique<Impl>(std::move(pair.key), *public_key));
}

Result<P256PrivateKey> P256PrivateKey::from_scalar(BytesView scalar32) {
  MIBUN_TRY(auto pair, ec_pair_from_scalar<P256Curve>(scalar32));
  MIBUN_TRY(const P256PublicKey public_key, P256PublicKey::from_point(pair.point));
  return P256PrivateKey(std::make_unique<Impl>(std::move(pair.key), public_key));
}

Result<P256PrivateKey> P256PrivateKey::from_pkcs8(BytesView der) {
  MIBUN_TRY(auto pair, ec_pair_from_pkcs8<P256Curve>(der));
  MIBUN_TRY(const P256PublicKey public_key, P256PublicKey::from_point(pair.point));
  return P256PrivateKey(std::make_unique<Impl>(std::move(pair.key), public_key));
}

P256PublicKey P256PrivateKey::public_key() const {
  return impl_->public_key;
}

Result<P256Signature> P256PrivateKey::sign(BytesView message) const {
  return sign_digest(crypto::sha256(message));
}

Result<P256Signature> P256PrivateKey::sign_digest(BytesView digest32) const {
  if (digest32.size() != sizeof(Sha256Digest)) return fail(ErrorCode::invalid_argument, "digest");
  DerSignatureOf<P256Curve::kHalf> der;
  der.size = der.bytes.size();
  const bool good = impl_->sign_contexts.with_context([&](EVP_PKEY_CTX* context) {
    return EVP_PKEY_sign(context, der.bytes.data(), &der.size, digest32.data(), digest32.size()) == 1;
  });
  if (!good) return clear_errors(fail(ErrorCode::crypto_failure, "sign"));
  return p256_signature_from_der(der.view());
}

SecretBytes P256PrivateKey::scalar() const {
  return ec_scalar<P256Curve>(impl_->key.get());
}

SecretBytes P256PrivateKey::pkcs8() const {
  return ec_pkcs8<P256Curve>(scalar(), impl_->public_key.point());
}

}  // namespace mibun::crypto
