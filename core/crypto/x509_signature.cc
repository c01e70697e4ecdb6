#include "core/crypto/x509_signature.h"

namespace mibun::crypto {
namespace {

SignatureDigest digest_of_size(EcCurve curve) {
  switch (curve) {
    case EcCurve::other:
      return SignatureDigest::other;
    case EcCurve::p256:
    case EcCurve::brainpool_p256r1:
      return SignatureDigest::sha256;
    case EcCurve::p384:
    case EcCurve::brainpool_p320r1:
    case EcCurve::brainpool_p384r1:
      return SignatureDigest::sha384;
    case EcCurve::p521:
    case EcCurve::brainpool_p512r1:
      return SignatureDigest::sha512;
  }
  return SignatureDigest::other;
}

bool fits(const SignatureMethod& method, const SignerKey& key, const SignatureRules& rules) {
  switch (key.kind) {
    case KeyKind::other:
      return false;
    case KeyKind::ec:
      return method.key == KeyKind::ec && key.curve != EcCurve::other;
    case KeyKind::ed25519:
      return method.key == KeyKind::ed25519;
    case KeyKind::rsa:
    case KeyKind::rsa_pss: {
      // A key for PSS alone cannot make the older signatures; the other way round is fine.
      const bool kind = method.key == KeyKind::rsa_pss || (method.key == KeyKind::rsa && key.kind == KeyKind::rsa);
      return rules.rsa && kind && key.bits >= rules.rsa_bits_min;
    }
  }
  return false;
}

}  // namespace

SignatureMethod signature_method(KeyKind key, SignatureDigest digest) {
  if (key == KeyKind::ed25519) return {key, SignatureDigest::other};
  if (key == KeyKind::other || digest == SignatureDigest::other) return {};
  return {key, digest};
}

Status check_signature_method(const SignatureMethod& method, const SignerKey& key, const SignatureRules& rules,
                              ErrorCode what) {
  if (fits(method, key, rules)) return {};
  return fail(what, "signature", "algorithm not allowed for the signer's key");
}

bool is_ecdsa_of_curve_size(const SignatureMethod& method, const SignerKey& key) {
  return key.kind == KeyKind::ec && key.curve != EcCurve::other && method.key == KeyKind::ec &&
         method.digest == digest_of_size(key.curve);
}

}  // namespace mibun::crypto
