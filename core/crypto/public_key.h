#pragma once

#include <cstdint>
#include <variant>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/p256.h"
#include "core/crypto/p384.h"
#include "core/crypto/signer.h"

namespace mibun::crypto {

// The signature algorithms of JOSE and COSE that we make and take; one for each kind of key.
enum class SignatureAlgorithm : std::uint8_t {
  es256,    // ECDSA on P-256 with SHA-256, 64 bytes (RFC 7518, section 3.4)
  es384,    // ECDSA on P-384 with SHA-384, 96 bytes
  ed25519,  // Ed25519, 64 bytes (RFC 8032; RFC 8037 and RFC 9864 for its names in JOSE)
};

// Bytes of a raw signature: 64 or 96.
constexpr std::size_t signature_size(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::es384 ? 96 : 64;
}
inline constexpr std::size_t kSignatureSizeMax = 96;

// A key that verifies signatures, of any kind we know. The kind fixes the algorithm: a message can only agree with it.
// Value type without allocations.
class PublicKey {
 public:
  // Implicit: each of them is a public key.
  PublicKey(const P256PublicKey& key) : key_(key) {}     // NOLINT(google-explicit-constructor)
  PublicKey(const P384PublicKey& key) : key_(key) {}     // NOLINT(google-explicit-constructor)
  PublicKey(const Ed25519PublicKey& key) : key_(key) {}  // NOLINT(google-explicit-constructor)

  // DER SubjectPublicKeyInfo of a P-256 or P-384 key with an uncompressed point (RFC 5480) or an Ed25519 key
  // (RFC 8410). Errors: public_key_malformed (also another kind of key), public_key_not_on_curve.
  static Result<PublicKey> from_spki(BytesView der);
  Bytes spki() const;

  SignatureAlgorithm algorithm() const { return static_cast<SignatureAlgorithm>(key_.index()); }
  // `raw_signature`: signature_size(algorithm()) bytes. Errors: signature_malformed (another size), signature_invalid.
  Status verify(BytesView message, BytesView raw_signature) const;

  // The key when it is of that kind, null otherwise; lives as long as this object.
  const P256PublicKey* p256() const { return std::get_if<P256PublicKey>(&key_); }
  const P384PublicKey* p384() const { return std::get_if<P384PublicKey>(&key_); }
  const Ed25519PublicKey* ed25519() const { return std::get_if<Ed25519PublicKey>(&key_); }

  friend bool operator==(const PublicKey&, const PublicKey&) = default;

 private:
  // In the order of SignatureAlgorithm.
  std::variant<P256PublicKey, P384PublicKey, Ed25519PublicKey> key_;
};

}  // namespace mibun::crypto
