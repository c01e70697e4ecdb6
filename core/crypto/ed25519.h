#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/signer.h"

namespace mibun::crypto {

using Ed25519Signature = std::array<std::uint8_t, 64>;  // R || S: RFC 8032, section 5.1.6

// An Ed25519 public key: RFC 8032, section 5.1.5. Value type.
class Ed25519PublicKey {
 public:
  // Exactly 32 bytes that decode as RFC 8032, section 5.1.3 says: y < 2^255 - 19, a point on the curve, no negative
  // zero. Points of small order are refused too, which the RFC leaves open: with them one signature fits many messages.
  // Errors: public_key_malformed (size, encoding, small order), public_key_not_on_curve.
  static Result<Ed25519PublicKey> from_bytes(BytesView bytes32);
  // DER SubjectPublicKeyInfo of RFC 8410; another key type is public_key_malformed.
  static Result<Ed25519PublicKey> from_spki(BytesView der);

  BytesView bytes() const { return bytes_; }  // 32 bytes
  Bytes spki() const;

  // Without cofactor, S < L, R compared as bytes. Errors: signature_invalid.
  Status verify(BytesView message, const Ed25519Signature& signature) const;

  friend bool operator==(const Ed25519PublicKey&, const Ed25519PublicKey&) = default;

 private:
  Ed25519PublicKey() = default;
  std::array<std::uint8_t, 32> bytes_{};
};

// A private key in this process's memory; see P256PrivateKey.
class Ed25519PrivateKey final : public Signer {
 public:
  static Ed25519PrivateKey generate();
  // The 32 byte seed that RFC 8032 calls the private key. Errors: private_key_malformed.
  static Result<Ed25519PrivateKey> from_seed(BytesView seed32);
  // RFC 8410, version 1 without attributes. Errors: private_key_malformed.
  static Result<Ed25519PrivateKey> from_pkcs8(BytesView der);

  Ed25519PrivateKey(Ed25519PrivateKey&&) noexcept;
  Ed25519PrivateKey& operator=(Ed25519PrivateKey&&) noexcept;
  ~Ed25519PrivateKey() override;

  Ed25519PublicKey public_key() const;
  // Deterministic. Errors: crypto_failure.
  Result<Ed25519Signature> sign(BytesView message) const;
  PublicKey verification_key() const override;
  Result<Bytes> sign_raw(BytesView message) const override;

  SecretBytes seed() const;  // to seal it
  SecretBytes pkcs8() const;

  struct Impl;  // the library's key; for files in core/crypto only
  const Impl& impl() const { return *impl_; }

 private:
  explicit Ed25519PrivateKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::crypto
