#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"

namespace mibun::crypto {

// What a certificate may be used for here. Each purpose has its own trust anchors and its own extended key usage, so
// an issuer's certificate can never speak for a verifier.
enum class CertificatePurpose {
  credential_issuer,   // signs SD-JWT VCs, status lists (EKU kOidIssuer)
  verifier_access,     // signs request objects (EKU kOidVerifierAccess)
  registrar,           // signs partner registrations (EKU kOidRegistrar)
  receipt,             // signs consent and erasure receipts (EKU kOidReceipt)
  tls_server,
};

// Test and private arc; documented in docs/decisions. 2.25 UUID-free: 1.3.6.1.4.1.<example arc>.
std::string_view extended_key_usage_oid(CertificatePurpose purpose);

// An X.509 certificate with a P-256 key. Parsing decodes once; getters are cheap.
class Certificate {
 public:
  // DER, nothing after it. Errors: certificate_malformed, public_key_malformed.
  static Result<Certificate> parse(BytesView der);
  static Result<Certificate> from_pem(std::string_view pem);

  BytesView der() const { return *der_; }
  const P256PublicKey& public_key() const { return public_key_; }
  const Sha256Digest& sha256() const { return sha256_; }   // of the DER: x509_hash
  Instant not_before() const { return not_before_; }
  Instant not_after() const { return not_after_; }
  const std::string& subject() const { return subject_; }  // RFC 2253 text, for showing
  const std::string& common_name() const { return common_name_; }
  const std::string& organization() const { return organization_; }
  const std::vector<std::string>& san_dns() const { return san_dns_; }
  const std::vector<std::string>& san_uri() const { return san_uri_; }
  bool is_self_issued() const { return self_issued_; }
  std::string pem() const;

 private:
  Certificate() = default;
  std::shared_ptr<const Bytes> der_;
  P256PublicKey public_key_ = placeholder_key();
  static P256PublicKey placeholder_key();
  Sha256Digest sha256_{};
  Instant not_before_, not_after_;
  std::string subject_, common_name_, organization_;
  std::vector<std::string> san_dns_, san_uri_;
  bool self_issued_ = false;
};

// Trust anchors for one purpose. Verified chains are remembered by the hash of their DER until the leaf's or any
// member's end of validity, in a bounded map; safe to use from several threads.
class TrustAnchors {
 public:
  TrustAnchors(CertificatePurpose purpose, std::vector<Certificate> anchors);
  ~TrustAnchors();
  TrustAnchors(TrustAnchors&&) noexcept;
  TrustAnchors& operator=(TrustAnchors&&) noexcept;

  CertificatePurpose purpose() const;
  const std::vector<Certificate>& anchors() const;

  // `chain`: DER certificates, leaf first, without the anchor (an anchor inside is certificate_is_anchor, a self-issued
  // leaf certificate_untrusted). Checks signatures, validity at `now`, CA flags, key usage, the purpose's EKU.
  // Errors: certificate_malformed, _expired, _not_yet_valid, _untrusted, _wrong_purpose, _is_anchor, _chain_too_long.
  Result<Certificate> verify_chain(std::span<const Bytes> chain, Instant now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What goes into a certificate that we make. All our certificates have P-256 keys and ECDSA with SHA-256.
struct CertificateRequest {
  std::string common_name;
  std::string organization;
  std::string country = "JP";
  Instant not_before, not_after;
  std::vector<std::string> san_dns;
  std::vector<std::string> san_uri;
  std::vector<std::string> san_ip;
  // A purpose gives a leaf with its EKU and digitalSignature; none gives a CA (pathlen 0).
  std::optional<CertificatePurpose> purpose;
};

// A self-signed CA for `key`.
Result<Certificate> make_root_certificate(const CertificateRequest& request, const P256PrivateKey& key);
// A certificate for `subject_key` signed by `issuer` with `issuer_key`.
Result<Certificate> make_certificate(const CertificateRequest& request, const P256PublicKey& subject_key,
                                     const Certificate& issuer, const P256PrivateKey& issuer_key);

// PEM of a PKCS#8 private key, for TLS libraries that want a file or a buffer.
SecretBytes private_key_pem(const P256PrivateKey& key);
Result<P256PrivateKey> private_key_from_pem(std::string_view pem);
Result<std::vector<Bytes>> certificates_from_pem(std::string_view pem);  // DER of each

}  // namespace mibun::crypto
