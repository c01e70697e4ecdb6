#include "core/crypto/ec_private_key.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <algorithm>
#include <optional>

#include "core/crypto/ec_nid.h"

namespace mibun::crypto {
namespace {

using OwnedParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using OwnedParams = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using OwnedPkcs8 = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

template <class Curve>
const EC_GROUP* group() {
  static const OwnedGroup made(EC_GROUP_new_by_curve_name(kCurveNid<Curve>));
  MIBUN_INVARIANT(made != nullptr);
  return made.get();
}

// Makes keys like one that is there, whose group it copies: by its name the library would build the group anew for each
// key, which takes longer than the key. For one thread; holds nothing of the keys that it made.
template <class Curve>
EVP_PKEY_CTX* generator() {
  static const OwnedKey like(EVP_EC_gen(Curve::kName));
  thread_local const OwnedKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, like.get(), nullptr));
  thread_local const bool ready = context && EVP_PKEY_keygen_init(context.get()) == 1;
  MIBUN_INVARIANT(ready);
  return context.get();
}

// False when the key states its point in another form, or none.
template <class Curve>
bool read_point(EVP_PKEY* key, std::array<std::uint8_t, Curve::kPointSize>& out) {
  std::array<std::uint8_t, 133> point{};  // room for bigger curves
  std::size_t size = 0;
  const bool good =
      EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) == 1 &&
      size == out.size() && point[0] == 0x04;
  if (good) std::copy_n(point.begin(), out.size(), out.begin());
  return clear_errors(good);
}

OwnedNumber scalar_of(EVP_PKEY* key) {
  BIGNUM* scalar = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &scalar) != 1) ERR_clear_error();
  return OwnedNumber(scalar);
}

template <class Curve>
OwnedKey pkey_from(const BIGNUM* scalar, BytesView point) {
  const OwnedParamBuilder builder(OSSL_PARAM_BLD_new());
  MIBUN_INVARIANT(
      builder && OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, Curve::kName, 0) &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar));
  const OwnedParams params(OSSL_PARAM_BLD_to_param(builder.get()));
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  MIBUN_INVARIANT(params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) == 1);
  return OwnedKey(key);
}

// The form that ec_pkcs8() writes. The library's decoder tries every format it knows, which takes longer than a
// signature; keys that were sealed by us do not need it.
template <class Curve>
std::optional<BytesView> scalar_in_own_pkcs8(BytesView der) {
  constexpr std::size_t kSize =
      Curve::kPkcs8Prefix.size() + Curve::kHalf + Curve::kPkcs8Middle.size() + Curve::kPointSize;
  if (der.size() != kSize || !std::ranges::equal(der.first(Curve::kPkcs8Prefix.size()), Curve::kPkcs8Prefix)) {
    return std::nullopt;
  }
  const BytesView rest = der.subspan(Curve::kPkcs8Prefix.size());
  if (!std::ranges::equal(rest.subspan(Curve::kHalf, Curve::kPkcs8Middle.size()), Curve::kPkcs8Middle)) {
    return std::nullopt;
  }
  return rest.first(Curve::kHalf);
}

template <class Curve>
Result<EcPair<Curve>> ec_pair_from_any_pkcs8(BytesView der);

template <class Curve>
bool is_on(EVP_PKEY* key) {
  char name[32] = {};
  std::size_t size = 0;
  const bool named = EVP_PKEY_get_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1;
  return clear_errors(named && OBJ_txt2nid(name) == kCurveNid<Curve>);
}

}  // namespace

template <class Curve>
EcPair<Curve> generate_ec_pair() {
  EVP_PKEY* key = nullptr;
  MIBUN_INVARIANT(EVP_PKEY_generate(generator<Curve>(), &key) == 1);
  EcPair<Curve> pair{OwnedKey(key), {}};
  MIBUN_INVARIANT(read_point<Curve>(key, pair.point));
  return pair;
}

template <class Curve>
Result<EcPair<Curve>> ec_pair_from_scalar(BytesView bytes) {
  if (bytes.size() != Curve::kHalf) return fail(ErrorCode::private_key_malformed, "scalar", "of another size");
  const OwnedNumber scalar(BN_secure_new());
  MIBUN_INVARIANT(scalar && BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), scalar.get()) != nullptr);
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  if (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), EC_GROUP_get0_order(group<Curve>())) >= 0) {
    return fail(ErrorCode::private_key_malformed, "scalar", "out of range");
  }
  const OwnedPoint point(EC_POINT_new(group<Curve>()));
  EcPair<Curve> pair;
  MIBUN_INVARIANT(point && EC_POINT_mul(group<Curve>(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1 &&
                  EC_POINT_point2oct(group<Curve>(), point.get(), POINT_CONVERSION_UNCOMPRESSED, pair.point.data(),
                                     pair.point.size(), nullptr) == pair.point.size());
  pair.key = pkey_from<Curve>(scalar.get(), pair.point);
  return pair;
}

namespace {

template <class Curve>
Result<EcPair<Curve>> ec_pair_from_any_pkcs8(BytesView der) {
  const auto malformed = [] { return clear_errors(fail(ErrorCode::private_key_malformed, "pkcs8")); };
  const unsigned char* at = der.data();
  const OwnedPkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  if (!info || at != der.data() + der.size()) return malformed();
  const OwnedKey key(EVP_PKCS82PKEY(info.get()));
  if (!key || !is_on<Curve>(key.get())) return malformed();
  const OwnedNumber scalar = scalar_of(key.get());
  SecretBytes bytes(Curve::kHalf);
  constexpr int kSize = static_cast<int>(Curve::kHalf);
  if (!scalar || BN_bn2binpad(scalar.get(), bytes.reveal_mutable().data(), kSize) != kSize) return malformed();
  MIBUN_TRY(EcPair<Curve> pair, ec_pair_from_scalar<Curve>(bytes.reveal()));
  // The public key inside the structure is only a statement: one that is not the scalar's is refused.
  std::array<std::uint8_t, Curve::kPointSize> stated{};
  if (!read_point<Curve>(key.get(), stated) || stated != pair.point) return malformed();
  return pair;
}

}  // namespace

template <class Curve>
Result<EcPair<Curve>> ec_pair_from_pkcs8(BytesView der) {
  if (const auto scalar = scalar_in_own_pkcs8<Curve>(der)) {
    MIBUN_TRY(EcPair<Curve> pair, ec_pair_from_scalar<Curve>(*scalar));
    if (std::ranges::equal(pair.point, der.last(Curve::kPointSize))) return pair;
    return fail(ErrorCode::private_key_malformed, "pkcs8");
  }
  return ec_pair_from_any_pkcs8<Curve>(der);
}

template <class Curve>
std::optional<BytesView> point_in_own_pkcs8(BytesView der) {
  if (!scalar_in_own_pkcs8<Curve>(der)) return std::nullopt;
  return der.last(Curve::kPointSize);
}

template <class Curve>
SecretBytes ec_scalar(EVP_PKEY* key) {
  const OwnedNumber number = scalar_of(key);
  SecretBytes out(Curve::kHalf);
  constexpr int kSize = static_cast<int>(Curve::kHalf);
  MIBUN_INVARIANT(number && BN_bn2binpad(number.get(), out.reveal_mutable().data(), kSize) == kSize);
  return out;
}

template <class Curve>
SecretBytes ec_pkcs8(const SecretBytes& scalar, BytesView point) {
  SecretBytes out(Curve::kPkcs8Prefix.size() + scalar.size() + Curve::kPkcs8Middle.size() + point.size());
  auto at = std::copy(Curve::kPkcs8Prefix.begin(), Curve::kPkcs8Prefix.end(), out.reveal_mutable().begin());
  at = std::copy(scalar.reveal().begin(), scalar.reveal().end(), at);
  at = std::copy(Curve::kPkcs8Middle.begin(), Curve::kPkcs8Middle.end(), at);
  std::copy(point.begin(), point.end(), at);
  return out;
}

#define MIBUN_EC_CURVE(Curve)                                             \
  template EcPair<Curve> generate_ec_pair<Curve>();                       \
  template std::optional<BytesView> point_in_own_pkcs8<Curve>(BytesView); \
  template Result<EcPair<Curve>> ec_pair_from_scalar<Curve>(BytesView);   \
  template Result<EcPair<Curve>> ec_pair_from_pkcs8<Curve>(BytesView);    \
  template SecretBytes ec_scalar<Curve>(EVP_PKEY*);                       \
  template SecretBytes ec_pkcs8<Curve>(const SecretBytes&, BytesView);
MIBUN_EC_CURVE(P256Curve)
MIBUN_EC_CURVE(P384Curve)
#undef MIBUN_EC_CURVE

}  // namespace mibun::crypto
