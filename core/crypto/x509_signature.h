#pragma once

// For files in core/crypto only: which signatures certificates and revocation lists may carry.

#include "core/crypto/openssl.h"

namespace mibun::crypto {

struct SignatureRules {
  bool rsa = false;  // may certification authorities have RSA keys?
  int rsa_bits_min = 2048;
};

// A signature algorithm, taken apart: NIDs of the whole, of its digest (undefined for Ed25519), of its kind of key.
struct SignatureMethod {
  int algorithm, digest, key;
};

// Does `method` fit the signer's `key`? ECDSA on a named curve (P-256, P-384, P-521, brainpool r1 from 256 bits), RSA
// by PKCS #1 v1.5 or PSS, each with SHA-256, SHA-384 or SHA-512; Ed25519. Nothing else, so no SHA-1. Errors: `what`.
Status check_signature_method(const SignatureMethod& method, EVP_PKEY* key, const SignatureRules& rules,
                              ErrorCode what);
// Is it ECDSA with the digest that has the curve's size?
bool is_ecdsa_of_curve_size(const SignatureMethod& method, EVP_PKEY* key);

}  // namespace mibun::crypto
