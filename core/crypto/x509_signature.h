#pragma once

// For files in core/crypto only: which signatures certificates and revocation lists may carry. No library: kinds of
// keys and algorithms are enumerators of ours.

#include <cstdint>

#include "core/base/result.h"

namespace mibun::crypto {

enum class KeyKind : std::uint8_t { other, ec, ed25519, rsa, rsa_pss };
// Curves that have a name in the key; `other` also for parameters written out, which RFC 5480, section 2.1.1, forbids.
enum class EcCurve : std::uint8_t {
  other,
  p256,
  p384,
  p521,
  brainpool_p256r1,
  brainpool_p320r1,
  brainpool_p384r1,
  brainpool_p512r1,
};
enum class SignatureDigest : std::uint8_t { other, sha256, sha384, sha512 };

// What decides whether a key may have made a signature.
struct SignerKey {
  KeyKind kind = KeyKind::other;
  EcCurve curve = EcCurve::other;  // of ec
  int bits = 0;                    // of the modulus of rsa and rsa_pss
  friend bool operator==(const SignerKey&, const SignerKey&) = default;
};

// A signature algorithm, taken apart: the kind of key that makes it, and its digest (other for Ed25519). An algorithm
// that nothing here takes is {other, other}, whatever it is.
struct SignatureMethod {
  KeyKind key = KeyKind::other;
  SignatureDigest digest = SignatureDigest::other;
  friend bool operator==(const SignatureMethod&, const SignatureMethod&) = default;
};
// {key, digest} when the two make an algorithm that is taken, {other, other} otherwise.
SignatureMethod signature_method(KeyKind key, SignatureDigest digest);

struct SignatureRules {
  bool rsa = false;  // may certification authorities have RSA keys?
  int rsa_bits_min = 2048;
};

// Does `method` fit the signer's `key`? ECDSA on a named curve (P-256, P-384, P-521, brainpool r1 from 256 bits), RSA
// by PKCS #1 v1.5 or PSS, each with SHA-256, SHA-384 or SHA-512; Ed25519. Nothing else, so no SHA-1. Errors: `what`.
Status check_signature_method(const SignatureMethod& method, const SignerKey& key, const SignatureRules& rules,
                              ErrorCode what);
// Is it ECDSA with the digest that has the curve's size?
bool is_ecdsa_of_curve_size(const SignatureMethod& method, const SignerKey& key);

}  // namespace mibun::crypto
