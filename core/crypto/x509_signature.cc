#include "core/crypto/x509_signature.h"

#include <openssl/core_names.h>
#include <openssl/objects.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace mibun::crypto {
namespace {

struct Curve {
  int curve;
  int digest;
};
constexpr Curve kCurves[] = {
    {NID_X9_62_prime256v1, NID_sha256}, {NID_secp384r1, NID_sha384},       {NID_secp521r1, NID_sha512},
    {NID_brainpoolP256r1, NID_sha256},  {NID_brainpoolP320r1, NID_sha384}, {NID_brainpoolP384r1, NID_sha384},
    {NID_brainpoolP512r1, NID_sha512},
};

// Parameters written out are refused even when they are those of a known curve: RFC 5480, section 2.1.1.
bool has_explicit_parameters(EVP_PKEY* key) {
  int is_explicit = 0;
  return EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) == 1 &&
         is_explicit != 0;
}

bool is_sha2(int digest) {
  return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
}

// The curve of an EC key, null when it is none of ours.
const Curve* curve_of(EVP_PKEY* key) {
  char name[64];
  std::size_t size = 0;
  if (has_explicit_parameters(key) || EVP_PKEY_get_group_name(key, name, sizeof name, &size) != 1) return nullptr;
  const auto found = std::ranges::find(kCurves, OBJ_txt2nid(name), &Curve::curve);
  return found == std::end(kCurves) ? nullptr : found;
}

bool ecdsa_fits(const SignatureMethod& method, EVP_PKEY* key) {
  return method.key == NID_X9_62_id_ecPublicKey && is_sha2(method.digest) && curve_of(key) != nullptr;
}

bool rsa_fits(const SignatureMethod& method, EVP_PKEY* key, const SignatureRules& rules) {
  // A key for PSS alone cannot make the older signatures; the other way round is fine.
  const bool kind = method.key == NID_rsassaPss || (method.key == NID_rsaEncryption && EVP_PKEY_is_a(key, "RSA") == 1);
  return rules.rsa && is_sha2(method.digest) && kind && EVP_PKEY_get_bits(key) >= rules.rsa_bits_min;
}

}  // namespace

Status check_signature_method(const SignatureMethod& method, EVP_PKEY* key, const SignatureRules& rules,
                              ErrorCode what) {
  bool fits = false;
  if (key != nullptr && EVP_PKEY_is_a(key, "EC") == 1) fits = ecdsa_fits(method, key);
  if (key != nullptr && EVP_PKEY_is_a(key, "ED25519") == 1) fits = method.algorithm == NID_ED25519;
  if (key != nullptr && (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1)) {
    fits = rsa_fits(method, key, rules);
  }
  ERR_clear_error();
  if (fits) return {};
  return fail(what, "signature", "algorithm not allowed for the signer's key");
}

bool is_ecdsa_of_curve_size(const SignatureMethod& method, EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "EC") != 1) return false;
  const Curve* curve = curve_of(key);
  return method.key == NID_X9_62_id_ecPublicKey && curve != nullptr && curve->digest == method.digest;
}

}  // namespace mibun::crypto
