#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/crypto/signer.h"

namespace mibun::crypto {

// r || s, 48 bytes each: the form of JOSE and COSE.
using P384Signature = std::array<std::uint8_t, 96>;

// A point on P-384, checked to be on the curve when made. Value type. For issuers that use ES384; holders, cards and
// encryption have P-256.
class P384PublicKey {
 public:
  // Exactly 97 bytes beginning with 04: the point at infinity, compressed and hybrid forms are refused.
  // Errors: public_key_malformed, public_key_not_on_curve.
  static Result<P384PublicKey> from_point(BytesView point97);
  static Result<P384PublicKey> from_coordinates(BytesView x48, BytesView y48);
  // DER SubjectPublicKeyInfo; another curve or key type is public_key_malformed.
  static Result<P384PublicKey> from_spki(BytesView der);

  BytesView point() const { return point_; }  // 97 bytes
  BytesView x() const { return BytesView(point_).subspan(1, 48); }
  BytesView y() const { return BytesView(point_).subspan(49, 48); }
  Bytes spki() const;

  // ECDSA with SHA-384 over `message`. Errors: signature_invalid.
  Status verify(BytesView message, const P384Signature& signature) const;
  // `der`: ECDSA-Sig-Value. Errors: signature_malformed, signature_invalid.
  Status verify_der(BytesView message, BytesView der) const;

  friend bool operator==(const P384PublicKey&, const P384PublicKey&) = default;

 private:
  P384PublicKey() = default;
  std::array<std::uint8_t, 97> point_{};
};

// Errors: signature_malformed (not exactly 96 bytes).
Result<P384Signature> parse_p384_signature(BytesView raw96);
Bytes p384_signature_to_der(const P384Signature& signature);
// Errors: signature_malformed (anything but the one DER form).
Result<P384Signature> p384_signature_from_der(BytesView der);

// A private key in this process's memory; see P256PrivateKey.
class P384PrivateKey final : public Signer {
 public:
  static P384PrivateKey generate();
  // 48 bytes, 1 <= scalar < n. Errors: private_key_malformed.
  static Result<P384PrivateKey> from_scalar(BytesView scalar48);
  static Result<P384PrivateKey> from_pkcs8(BytesView der);

  P384PrivateKey(P384PrivateKey&&) noexcept;
  P384PrivateKey& operator=(P384PrivateKey&&) noexcept;
  ~P384PrivateKey() override;

  P384PublicKey public_key() const;
  // ECDSA with SHA-384. Errors: crypto_failure.
  Result<P384Signature> sign(BytesView message) const;
  PublicKey verification_key() const override;
  Result<Bytes> sign_raw(BytesView message) const override;

  SecretBytes scalar() const;  // to seal it
  SecretBytes pkcs8() const;

  struct Impl;  // the library's key; for files in core/crypto only
  const Impl& impl() const { return *impl_; }

 private:
  explicit P384PrivateKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::crypto
