#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <algorithm>

#include "core/crypto/hash.h"
#include "core/crypto/openssl.h"
#include "core/crypto/p256.h"
#include "core/crypto/p256_internal.h"

namespace mibun::crypto {
namespace {

using OwnedParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using OwnedParams = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using OwnedPkcs8 = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

// PrivateKeyInfo with an ECPrivateKey (RFC 5958, RFC 5915): prefix, 32 byte scalar, middle, 65 byte point.
constexpr std::array<std::uint8_t, 36> kPkcs8Prefix = {
    0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
    0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01, 0x04, 0x20};
constexpr std::array<std::uint8_t, 5> kPkcs8Middle = {0xa1, 0x44, 0x03, 0x42, 0x00};

const EC_GROUP* group() {
  static const OwnedGroup p256(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  MIBUN_INVARIANT(p256 != nullptr);
  return p256.get();
}

Result<P256PublicKey> public_key_of(EVP_PKEY* key) {
  std::array<std::uint8_t, 133> point{};  // room for bigger curves
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) != 1) {
    return clear_errors(fail(ErrorCode::private_key_malformed));
  }
  return P256PublicKey::from_point(BytesView(point).first(size));
}

OwnedNumber scalar_of(EVP_PKEY* key) {
  BIGNUM* scalar = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) != 1) ERR_clear_error();
  return OwnedNumber(scalar);
}

OwnedKey pkey_from(const BIGNUM* scalar, BytesView point) {
  const OwnedParamBuilder builder(OSSL_PARAM_BLD_new());
  MIBUN_INVARIANT(
      builder && OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar));
  const OwnedParams params(OSSL_PARAM_BLD_to_param(builder.get()));
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  MIBUN_INVARIANT(params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1);
  return OwnedKey(key);
}

bool is_p256(EVP_PKEY* key) {
  char name[32] = {};
  std::size_t size = 0;
  const bool named = EVP_PKEY_get_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1;
  return clear_errors(named && OBJ_txt2nid(name) == NID_X9_62_prime256v1);
}

}  // namespace

P256PrivateKey::P256PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
P256PrivateKey::P256PrivateKey(P256PrivateKey&&) noexcept = default;
P256PrivateKey& P256PrivateKey::operator=(P256PrivateKey&&) noexcept = default;
P256PrivateKey::~P256PrivateKey() = default;

P256PrivateKey P256PrivateKey::generate() {
  OwnedKey key(EVP_EC_gen("P-256"));
  MIBUN_INVARIANT(key != nullptr);
  const auto public_key = public_key_of(key.get());
  MIBUN_INVARIANT(public_key.has_value());
  return P256PrivateKey(std::make_unique<Impl>(std::move(key), *public_key));
}

Result<P256PrivateKey> P256PrivateKey::from_scalar(BytesView scalar32) {
  if (scalar32.size() != 32) return fail(ErrorCode::private_key_malformed, "scalar", "not 32 bytes");
  const OwnedNumber scalar(BN_secure_new());
  MIBUN_INVARIANT(scalar && BN_bin2bn(scalar32.data(), 32, scalar.get()) != nullptr);
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  if (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), EC_GROUP_get0_order(group())) >= 0) {
    return fail(ErrorCode::private_key_malformed, "scalar", "out of range");
  }
  const OwnedPoint point(EC_POINT_new(group()));
  std::array<std::uint8_t, 65> encoded{};
  MIBUN_INVARIANT(point && EC_POINT_mul(group(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1 &&
                  EC_POINT_point2oct(group(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(),
                                     encoded.size(), nullptr) == encoded.size());
  MIBUN_TRY(const P256PublicKey public_key, P256PublicKey::from_point(encoded));
  return P256PrivateKey(std::make_unique<Impl>(pkey_from(scalar.get(), encoded), public_key));
}

Result<P256PrivateKey> P256PrivateKey::from_pkcs8(BytesView der) {
  const auto malformed = [] { return clear_errors(fail(ErrorCode::private_key_malformed, "pkcs8")); };
  const unsigned char* at = der.data();
  const OwnedPkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  if (!info || at != der.data() + der.size()) return malformed();
  const OwnedKey key(EVP_PKCS82PKEY(info.get()));
  if (!key || !is_p256(key.get())) return malformed();
  const OwnedNumber scalar = scalar_of(key.get());
  SecretBytes bytes(32);
  if (!scalar || BN_bn2binpad(scalar.get(), bytes.reveal_mutable().data(), 32) != 32) return malformed();
  const auto stated = public_key_of(key.get());
  MIBUN_TRY(P256PrivateKey made, from_scalar(bytes.reveal()));
  // The public key inside the structure is only a statement: one that is not the scalar's is refused.
  if (!stated.has_value() || *stated != made.public_key()) return malformed();
  return made;
}

P256PublicKey P256PrivateKey::public_key() const {
  return impl_->public_key;
}

Result<P256Signature> P256PrivateKey::sign(BytesView message) const {
  return sign_digest(crypto::sha256(message));
}

Result<P256Signature> P256PrivateKey::sign_digest(BytesView digest32) const {
  if (digest32.size() != sizeof(Sha256Digest)) return fail(ErrorCode::invalid_argument, "digest");
  DerSignature der;
  der.size = der.bytes.size();
  const bool good = impl_->sign_contexts.with_context([&](EVP_PKEY_CTX* context) {
    return EVP_PKEY_sign(context, der.bytes.data(), &der.size, digest32.data(), digest32.size()) == 1;
  });
  if (!good) return clear_errors(fail(ErrorCode::crypto_failure, "sign"));
  return p256_signature_from_der(der.view());
}

SecretBytes P256PrivateKey::scalar() const {
  const OwnedNumber number = scalar_of(impl_->key.get());
  SecretBytes out(32);
  MIBUN_INVARIANT(number && BN_bn2binpad(number.get(), out.reveal_mutable().data(), 32) == 32);
  return out;
}

SecretBytes P256PrivateKey::pkcs8() const {
  const SecretBytes secret = scalar();
  const BytesView point = impl_->public_key.point();
  SecretBytes out(kPkcs8Prefix.size() + secret.size() + kPkcs8Middle.size() + point.size());
  auto at = std::copy(kPkcs8Prefix.begin(), kPkcs8Prefix.end(), out.reveal_mutable().begin());
  at = std::copy(secret.reveal().begin(), secret.reveal().end(), at);
  at = std::copy(kPkcs8Middle.begin(), kPkcs8Middle.end(), at);
  std::copy(point.begin(), point.end(), at);
  return out;
}

}  // namespace mibun::crypto
