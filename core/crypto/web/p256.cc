#include "core/crypto/p256.h"

#include "core/crypto/hash.h"
#include "core/crypto/web/key_handle.h"
#include "core/crypto/web/verify.h"

namespace mibun::crypto {

struct P256PrivateKey::Impl {
  web::Key key;
  P256PublicKey public_key;
};

namespace {

std::unique_ptr<P256PrivateKey::Impl> impl_of(web::Pair<P256Curve> pair) {
  auto public_key = P256PublicKey::from_point(pair.point);
  MIBUN_INVARIANT(public_key.has_value());
  return std::make_unique<P256PrivateKey::Impl>(P256PrivateKey::Impl{std::move(pair.key), *public_key});
}

}  // namespace

Result<P256PublicKey> P256PublicKey::from_point(BytesView point65) {
  P256PublicKey key;
  MIBUN_CHECK(web::check_point<P256Curve>(point65, key.point_));
  return key;
}

Status P256PublicKey::verify(BytesView message, const P256Signature& signature) const {
  return web::verify({web::SignatureKind::ecdsa, 256, P256Curve::kBits}, spki(), message, signature);
}

P256PrivateKey::P256PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
P256PrivateKey::P256PrivateKey(P256PrivateKey&&) noexcept = default;
P256PrivateKey& P256PrivateKey::operator=(P256PrivateKey&&) noexcept = default;
P256PrivateKey::~P256PrivateKey() = default;

P256PrivateKey P256PrivateKey::generate() {
  return P256PrivateKey(impl_of(web::make_pair<P256Curve>()));
}

Result<P256PrivateKey> P256PrivateKey::from_scalar(BytesView scalar32) {
  MIBUN_TRY(auto pair, web::pair_from_scalar<P256Curve>(scalar32));
  return P256PrivateKey(impl_of(std::move(pair)));
}

Result<P256PrivateKey> P256PrivateKey::from_pkcs8(BytesView der) {
  MIBUN_TRY(auto pair, web::pair_from_pkcs8<P256Curve>(der));
  return P256PrivateKey(impl_of(std::move(pair)));
}

P256PublicKey P256PrivateKey::public_key() const {
  return impl_->public_key;
}

Result<P256Signature> P256PrivateKey::sign(BytesView message) const {
  P256Signature signature;
  const int made = web::host_sign(impl_->key.number(), 256, message.data(), message.size(), signature.data());
  if (made != static_cast<int>(signature.size())) return fail(ErrorCode::crypto_failure, "sign");
  return signature;
}

Result<SecretBytes> P256PrivateKey::agree(const P256PublicKey& peer) const {
  SecretBytes secret(32);
  const int made = web::host_agree(impl_->key.number(), peer.point().data(), secret.reveal_mutable().data());
  if (made != 32) return fail(ErrorCode::key_agreement_failed);
  return secret;
}

SecretBytes P256PrivateKey::scalar() const {
  return web::private_part(impl_->key, P256Curve::kHalf);
}

SecretBytes P256PrivateKey::pkcs8() const {
  return web::pkcs8_of<P256Curve>(impl_->key, impl_->public_key.point());
}

}  // namespace mibun::crypto
