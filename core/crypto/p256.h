#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/signer.h"

namespace mibun::crypto {

// r || s, 32 bytes each: the form of JOSE and COSE. X.509, CMS and WebAuthn use DER.
using P256Signature = std::array<std::uint8_t, 64>;

// A point on P-256, checked to be on the curve when made. Value type, cheap to copy.
class P256PublicKey {
 public:
  // Exactly 65 bytes beginning with 04. Errors: public_key_malformed, public_key_not_on_curve.
  static Result<P256PublicKey> from_point(BytesView point65);
  static Result<P256PublicKey> from_coordinates(BytesView x32, BytesView y32);
  // DER SubjectPublicKeyInfo; another curve or key type is public_key_malformed.
  static Result<P256PublicKey> from_spki(BytesView der);

  BytesView point() const { return point_; }  // 65 bytes
  BytesView x() const { return BytesView(point_).subspan(1, 32); }
  BytesView y() const { return BytesView(point_).subspan(33, 32); }
  Bytes spki() const;

  // ECDSA with SHA-256 over `message`. Errors: signature_invalid.
  Status verify(BytesView message, const P256Signature& signature) const;
  // The same over a digest made elsewhere; not in the browser: kVerifiesDigests (digest_use.h).
  Status verify_digest(BytesView digest32, const P256Signature& signature) const;
  // `der`: ECDSA-Sig-Value. Errors: signature_malformed, signature_invalid.
  Status verify_der(BytesView message, BytesView der) const;

  friend bool operator==(const P256PublicKey&, const P256PublicKey&) = default;

 private:
  P256PublicKey() = default;
  std::array<std::uint8_t, 65> point_{};
};

// Errors: signature_malformed (not exactly 64 bytes).
Result<P256Signature> parse_p256_signature(BytesView raw64);
Bytes p256_signature_to_der(const P256Signature& signature);
Result<P256Signature> p256_signature_from_der(BytesView der);

// A Signer whose key is on P-256.
class P256Signer : public Signer {
 public:
  virtual P256PublicKey public_key() const = 0;
  // ECDSA with SHA-256 over `message`. Errors: crypto_failure, unavailable, wallet_locked.
  virtual Result<P256Signature> sign(BytesView message) const = 0;
  PublicKey verification_key() const final;
  Result<Bytes> sign_raw(BytesView message) const final;
};

// Who can agree on a secret without showing the key (ECDH, the x coordinate, 32 bytes).
class KeyAgreement {
 public:
  virtual ~KeyAgreement() = default;
  virtual P256PublicKey public_key() const = 0;
  // Errors: key_agreement_failed.
  virtual Result<SecretBytes> agree(const P256PublicKey& peer) const = 0;
};

// A private key in this process's memory. Only key holders (sealed files, keyd, tests) make one; everyone else gets
// a P256Signer or a KeyAgreement.
class P256PrivateKey final : public P256Signer, public KeyAgreement {
 public:
  static P256PrivateKey generate();
  // 32 bytes, 1 <= scalar < n. Errors: private_key_malformed.
  static Result<P256PrivateKey> from_scalar(BytesView scalar32);
  static Result<P256PrivateKey> from_pkcs8(BytesView der);

  P256PrivateKey(P256PrivateKey&&) noexcept;
  P256PrivateKey& operator=(P256PrivateKey&&) noexcept;
  ~P256PrivateKey() override;

  P256PublicKey public_key() const override;
  Result<P256Signature> sign(BytesView message) const override;
  Result<P256Signature> sign_digest(BytesView digest32) const;
  Result<SecretBytes> agree(const P256PublicKey& peer) const override;

  SecretBytes scalar() const;  // to seal it
  SecretBytes pkcs8() const;

  struct Impl;  // the library's key; for files in core/crypto only
  const Impl& impl() const { return *impl_; }

 private:
  explicit P256PrivateKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::crypto
