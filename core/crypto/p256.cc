#include "core/crypto/p256.h"

#include "core/crypto/ec_key.h"
#include "core/crypto/ecdsa_der.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256_internal.h"

namespace mibun::crypto {
namespace {

using Keys = ThreadKeys<P256Curve>;

// A library key for ECDH, one for each thread.
EVP_PKEY* thread_peer_key(BytesView point) {
  thread_local const OwnedKey key = make_ec_pkey<P256Curve>(P256Curve::kBasePoint);
  MIBUN_INVARIANT(EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), point.size()) == 1);
  return key.get();
}

}  // namespace

Result<P256PublicKey> P256PublicKey::from_point(BytesView point65) {
  P256PublicKey key;
  MIBUN_CHECK(check_point<P256Curve>(point65, key.point_));
  return key;
}

Status P256PublicKey::verify(BytesView message, const P256Signature& signature) const {
  return verify_digest(crypto::sha256(message), signature);
}

Status P256PublicKey::verify_digest(BytesView digest32, const P256Signature& signature) const {
  Keys::Key* key = Keys::with_point(point_);
  MIBUN_INVARIANT(key != nullptr);  // was on the curve when the key was made
  if (digest32.size() != sizeof(Sha256Digest) || !key->verify(digest32, signature)) {
    return clear_errors(fail(ErrorCode::signature_invalid, "signature", "does not match"));
  }
  return {};
}

Result<SecretBytes> P256PrivateKey::agree(const P256PublicKey& peer) const {
  EVP_PKEY* peer_key = thread_peer_key(peer.point());
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, impl_->key.get(), nullptr));
  SecretBytes secret(32);
  std::size_t size = secret.size();
  const bool good = context && EVP_PKEY_derive_init(context.get()) == 1 &&
                    EVP_PKEY_derive_set_peer_ex(context.get(), peer_key, 0) == 1 &&
                    EVP_PKEY_derive(context.get(), secret.reveal_mutable().data(), &size) == 1 && size == secret.size();
  if (!good) return clear_errors(fail(ErrorCode::key_agreement_failed));
  return secret;
}

}  // namespace mibun::crypto
