#include "core/crypto/document_key.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <algorithm>

namespace mibun::crypto {
namespace {

using OwnedParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using OwnedParams = Owned<OSSL_PARAM, OSSL_PARAM_free>;

constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;

constexpr int kCurves[] = {NID_secp224r1,       NID_X9_62_prime256v1, NID_secp384r1,
                           NID_secp521r1,       NID_brainpoolP224r1,  NID_brainpoolP256r1,
                           NID_brainpoolP320r1, NID_brainpoolP384r1,  NID_brainpoolP512r1};

std::unexpected<Error> malformed() {
  return clear_errors(fail(ErrorCode::certificate_malformed, "public key"));
}

Result<int> explicit_curve(const ASN1_STRING* parameters) {
  const unsigned char* at = ASN1_STRING_get0_data(parameters);
  const OwnedGroup group(d2i_ECPKParameters(nullptr, &at, ASN1_STRING_length(parameters)));
  const int nid = group ? EC_GROUP_check_named_curve(group.get(), 0, nullptr) : NID_undef;
  if (nid == NID_undef) return clear_errors(fail(ErrorCode::emrtd_explicit_curve_unknown, "public key"));
  return nid;
}

Result<int> curve_of(const X509_ALGOR* algorithm) {
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  int nid = NID_undef;
  if (type == V_ASN1_OBJECT) {
    nid = OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(value));
  } else if (type == V_ASN1_SEQUENCE) {
    MIBUN_TRY(nid, explicit_curve(static_cast<const ASN1_STRING*>(value)));
  } else {
    return malformed();
  }
  if (std::ranges::find(kCurves, nid) == std::end(kCurves)) {
    return clear_errors(fail(ErrorCode::algorithm_not_allowed, "public key", "curve not allowed"));
  }
  return nid;
}

Result<OwnedKey> named_curve_key(int nid, BytesView point) {
  const OwnedParamBuilder builder(OSSL_PARAM_BLD_new());
  MIBUN_INVARIANT(builder &&
                  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, OBJ_nid2sn(nid), 0) &&
                  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()));
  const OwnedParams params(OSSL_PARAM_BLD_to_param(builder.get()));
  const OwnedKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  const bool good = params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  if (!good) return malformed();  // among others: not on the curve
  return OwnedKey(key);
}

Result<OwnedKey> rsa_key(X509* x509) {
  OwnedKey key(X509_get_pubkey(x509));
  if (!key) return malformed();
  const int bits = EVP_PKEY_get_bits(key.get());
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) return fail(ErrorCode::algorithm_not_allowed, "public key", "RSA size");
  return key;
}

}  // namespace

Result<OwnedKey> document_public_key(X509* x509) {
  ASN1_OBJECT* type = nullptr;
  const unsigned char* bits = nullptr;
  int size = 0;
  X509_ALGOR* algorithm = nullptr;
  if (X509_PUBKEY_get0_param(&type, &bits, &size, &algorithm, X509_get_X509_PUBKEY(x509)) != 1 || size <= 0) {
    return malformed();
  }
  switch (OBJ_obj2nid(type)) {
    case NID_X9_62_id_ecPublicKey: {
      const BytesView point(bits, static_cast<std::size_t>(size));
      if (point.size() < 2 || (point[0] != 2 && point[0] != 3 && point[0] != 4)) return malformed();
      MIBUN_TRY(const int nid, curve_of(algorithm));
      return named_curve_key(nid, point);
    }
    case NID_rsaEncryption:
    case NID_rsassaPss:
      return rsa_key(x509);
    default:
      return fail(ErrorCode::algorithm_not_allowed, "public key", "neither RSA nor EC");
  }
}

const EVP_MD* document_digest(int nid) {
  switch (nid) {
    case NID_sha256:
      return EVP_sha256();
    case NID_sha384:
      return EVP_sha384();
    case NID_sha512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

}  // namespace mibun::crypto
