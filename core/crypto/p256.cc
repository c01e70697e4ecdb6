#include "core/crypto/p256.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>

#include "core/crypto/hash.h"
#include "core/crypto/openssl.h"
#include "core/crypto/p256_internal.h"

namespace mibun::crypto {
namespace {

constexpr std::size_t kPointSize = 65;

// SubjectPublicKeyInfo { id-ecPublicKey, prime256v1 } up to the point (RFC 5480): the only form we read or write.
constexpr std::array<std::uint8_t, 26> kSpkiPrefix = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};

// The base point, any valid key to begin with.
constexpr std::array<std::uint8_t, kPointSize> kBasePoint = {
    0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f,
    0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce,
    0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

// A key and a verification context whose point is replaced: making a key costs a quarter of a verification and takes
// the library's locks.
class ReusedKey {
 public:
  ReusedKey() : key_(make_public_pkey(kBasePoint)), context_(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr)) {
    MIBUN_INVARIANT(context_ && EVP_PKEY_verify_init(context_.get()) == 1);
  }

  bool holds(BytesView point) const { return valid_ && std::memcmp(point.data(), point_.data(), kPointSize) == 0; }

  // False when the point is not on the curve. `point`: 65 bytes beginning with 04.
  [[nodiscard]] bool set(BytesView point) {
    valid_ = EVP_PKEY_set1_encoded_public_key(key_.get(), point.data(), point.size()) == 1;
    if (valid_) std::copy(point.begin(), point.end(), point_.begin());
    return clear_errors(valid_);
  }

  [[nodiscard]] bool verify(BytesView digest, BytesView der) {
    return EVP_PKEY_verify(context_.get(), der.data(), der.size(), digest.data(), digest.size()) == 1;
  }

  EVP_PKEY* pkey() { return key_.get(); }

 private:
  OwnedKey key_;
  OwnedKeyContext context_;
  bool valid_ = false;
  std::array<std::uint8_t, kPointSize> point_{};
};

// The keys a thread used last. Setting a point costs 2 us; an issuer's key stays while holders' keys come and go.
class ThreadKeys {
 public:
  // The key set to `point`, or null when it is not on the curve.
  static ReusedKey* with_point(BytesView point) {
    thread_local ThreadKeys keys;
    return keys.find(point);
  }

 private:
  static constexpr std::size_t kSlots = 4;

  ReusedKey* find(BytesView point) {
    const auto held = std::ranges::find_if(order_, [&](const Slot& slot) { return slot && slot->holds(point); });
    const auto taken = held != order_.end() ? held : std::prev(order_.end());
    std::rotate(order_.begin(), taken, std::next(taken));  // the last used first
    Slot& front = order_.front();
    if (held != order_.end()) return front.get();
    if (!front) front = std::make_unique<ReusedKey>();
    return front->set(point) ? front.get() : nullptr;
  }

  using Slot = std::unique_ptr<ReusedKey>;
  std::array<Slot, kSlots> order_;
};

Status verify_with_thread_key(BytesView point, BytesView digest, BytesView der) {
  ReusedKey* key = ThreadKeys::with_point(point);
  MIBUN_INVARIANT(key != nullptr);  // was on the curve when the key was made
  if (digest.size() != sizeof(Sha256Digest) || !key->verify(digest, der)) {
    return clear_errors(fail(ErrorCode::signature_invalid, "signature", "does not match"));
  }
  return {};
}

}  // namespace

OwnedKey make_public_pkey(BytesView point) {
  char group[] = "P-256";
  Bytes copy = to_bytes(point);
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                         OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
                         OSSL_PARAM_construct_end()};
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  MIBUN_INVARIANT(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
  return OwnedKey(key);
}

Result<P256PublicKey> P256PublicKey::from_point(BytesView point65) {
  // The library would also take the point at infinity, compressed (02, 03) and hybrid (06, 07) forms.
  if (point65.size() != kPointSize || point65[0] != 0x04) {
    return fail(ErrorCode::public_key_malformed, "point", "not 65 bytes beginning with 04");
  }
  if (ThreadKeys::with_point(point65) == nullptr) return fail(ErrorCode::public_key_not_on_curve, "point");
  P256PublicKey key;
  std::copy(point65.begin(), point65.end(), key.point_.begin());
  return key;
}

Result<P256PublicKey> P256PublicKey::from_coordinates(BytesView x32, BytesView y32) {
  if (x32.size() != 32 || y32.size() != 32) {
    return fail(ErrorCode::public_key_malformed, "coordinates", "not 32 bytes each");
  }
  std::array<std::uint8_t, kPointSize> point{0x04};
  std::copy(x32.begin(), x32.end(), point.begin() + 1);
  std::copy(y32.begin(), y32.end(), point.begin() + 33);
  return from_point(point);
}

Result<P256PublicKey> P256PublicKey::from_spki(BytesView der) {
  if (der.size() != kSpkiPrefix.size() + kPointSize ||
      !std::equal(kSpkiPrefix.begin(), kSpkiPrefix.end(), der.begin())) {
    return fail(ErrorCode::public_key_malformed, "spki", "not an uncompressed P-256 key");
  }
  return from_point(der.subspan(kSpkiPrefix.size()));
}

Bytes P256PublicKey::spki() const {
  Bytes der(kSpkiPrefix.begin(), kSpkiPrefix.end());
  der.insert(der.end(), point_.begin(), point_.end());
  return der;
}

Status P256PublicKey::verify(BytesView message, const P256Signature& signature) const {
  return verify_digest(crypto::sha256(message), signature);
}

Status P256PublicKey::verify_digest(BytesView digest32, const P256Signature& signature) const {
  return verify_with_thread_key(point_, digest32, to_der(signature).view());
}

Status P256PublicKey::verify_der(BytesView message, BytesView der) const {
  MIBUN_TRY(const P256Signature signature, p256_signature_from_der(der));
  return verify(message, signature);
}

struct P256Verifier::Impl {
  explicit Impl(const P256PublicKey& public_part)
      : public_key(public_part),
        key(make_public_pkey(public_part.point())),
        contexts(key.get(), EVP_PKEY_verify_init) {}

  P256PublicKey public_key;
  OwnedKey key;
  KeyContextPool contexts;
};

P256Verifier::P256Verifier(const P256PublicKey& key) : impl_(std::make_shared<Impl>(key)) {}

const P256PublicKey& P256Verifier::public_key() const {
  return impl_->public_key;
}

Status P256Verifier::verify(BytesView message, const P256Signature& signature) const {
  return verify_digest(sha256(message), signature);
}

Status P256Verifier::verify_digest(BytesView digest32, const P256Signature& signature) const {
  const DerSignature der = to_der(signature);
  const bool good = digest32.size() == sizeof(Sha256Digest) && impl_->contexts.with_context([&](EVP_PKEY_CTX* context) {
    return EVP_PKEY_verify(context, der.bytes.data(), der.size, digest32.data(), digest32.size()) == 1;
  });
  if (!good) return clear_errors(fail(ErrorCode::signature_invalid, "signature", "does not match"));
  return {};
}

Result<SecretBytes> P256PrivateKey::agree(const P256PublicKey& peer) const {
  ReusedKey* peer_key = ThreadKeys::with_point(peer.point());
  MIBUN_INVARIANT(peer_key != nullptr);  // a P256PublicKey is on the curve
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, impl_->key.get(), nullptr));
  SecretBytes secret(32);
  std::size_t size = secret.size();
  const bool good = context && EVP_PKEY_derive_init(context.get()) == 1 &&
                    EVP_PKEY_derive_set_peer_ex(context.get(), peer_key->pkey(), 0) == 1 &&
                    EVP_PKEY_derive(context.get(), secret.reveal_mutable().data(), &size) == 1 && size == secret.size();
  if (!good) return clear_errors(fail(ErrorCode::key_agreement_failed));
  return secret;
}

}  // namespace mibun::crypto
