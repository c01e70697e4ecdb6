#pragma once

// For files in core/crypto only: what the web build asks of the page it runs in.

#include <cstdint>

#include "core/base/bytes.h"
#include "core/crypto/x509_signature.h"

namespace mibun::crypto::web {

// How a signature was made, ready for a verifier that takes no choices from the message.
struct SignatureScheme {
  KeyKind key = KeyKind::other;  // ec, ed25519, rsa (PKCS #1 v1.5) or rsa_pss: of the signature, not of the key
  SignatureDigest digest = SignatureDigest::other;  // sha256, sha384 or sha512; other for ed25519
  EcCurve curve = EcCurve::other;                   // of ec
  std::uint64_t salt_bytes = 0;                     // of rsa_pss; its mask generation is MGF1 with the same digest
};

// Is `signature` one over `message` by the key? `spki`: DER of a SubjectPublicKeyInfo that read_key() has passed; an EC
// point may be compressed, an RSA key may be named id-RSASSA-PSS. `signature`: as in a certificate, so ECDSA is a DER
// ECDSA-Sig-Value. False also for what the host cannot verify. Defined by the web build.
bool verify_signature(const SignatureScheme& scheme, BytesView spki, BytesView message, BytesView signature);

}  // namespace mibun::crypto::web
