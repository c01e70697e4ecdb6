#include "core/crypto/p384.h"

#include "core/crypto/hash.h"
#include "core/crypto/web/key_handle.h"
#include "core/crypto/web/verify.h"

namespace mibun::crypto {

struct P384PrivateKey::Impl {
  web::Key key;
  P384PublicKey public_key;
};

namespace {

std::unique_ptr<P384PrivateKey::Impl> impl_of(web::Pair<P384Curve> pair) {
  auto public_key = P384PublicKey::from_point(pair.point);
  MIBUN_INVARIANT(public_key.has_value());
  return std::make_unique<P384PrivateKey::Impl>(P384PrivateKey::Impl{std::move(pair.key), *public_key});
}

}  // namespace

Result<P384PublicKey> P384PublicKey::from_point(BytesView point97) {
  P384PublicKey key;
  MIBUN_CHECK(web::check_point<P384Curve>(point97, key.point_));
  return key;
}

Status P384PublicKey::verify(BytesView message, const P384Signature& signature) const {
  return web::verify({web::SignatureKind::ecdsa, 384, P384Curve::kBits}, spki(), message, signature);
}

P384PrivateKey::P384PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
P384PrivateKey::P384PrivateKey(P384PrivateKey&&) noexcept = default;
P384PrivateKey& P384PrivateKey::operator=(P384PrivateKey&&) noexcept = default;
P384PrivateKey::~P384PrivateKey() = default;

P384PrivateKey P384PrivateKey::generate() {
  return P384PrivateKey(impl_of(web::make_pair<P384Curve>()));
}

Result<P384PrivateKey> P384PrivateKey::from_scalar(BytesView scalar48) {
  MIBUN_TRY(auto pair, web::pair_from_scalar<P384Curve>(scalar48));
  return P384PrivateKey(impl_of(std::move(pair)));
}

Result<P384PrivateKey> P384PrivateKey::from_pkcs8(BytesView der) {
  MIBUN_TRY(auto pair, web::pair_from_pkcs8<P384Curve>(der));
  return P384PrivateKey(impl_of(std::move(pair)));
}

P384PublicKey P384PrivateKey::public_key() const {
  return impl_->public_key;
}

Result<P384Signature> P384PrivateKey::sign(BytesView message) const {
  P384Signature signature;
  const int made = web::host_sign(impl_->key.number(), 384, message.data(), message.size(), signature.data());
  if (made != static_cast<int>(signature.size())) return fail(ErrorCode::crypto_failure, "sign");
  return signature;
}

SecretBytes P384PrivateKey::scalar() const {
  return web::private_part(impl_->key, P384Curve::kHalf);
}

SecretBytes P384PrivateKey::pkcs8() const {
  return web::pkcs8_of<P384Curve>(impl_->key, impl_->public_key.point());
}

}  // namespace mibun::crypto
