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
#include "core/crypto/public_key.h"

namespace mibun::crypto {

// What a certificate may be used for here. Each purpose has its own trust anchors and its own extended key usage, so
// an issuer's certificate can never speak for a verifier.
enum class CertificatePurpose {
  credential_issuer,     // signs SD-JWT VCs, status lists
  verifier_access,       // signs request objects
  registrar,             // signs partner registrations
  receipt,               // signs consent and erasure receipts
  tls_server,            // RFC 5280, section 4.2.1.12: serverAuth
  mdoc_document_signer,  // signs MSOs: ISO/IEC 18013-5, B.1.4
  mdoc_reader,           // signs reader authentication: ISO/IEC 18013-5, B.1.7
  status_list_signer,    // signs status lists for an issuer with another key: Token Status List, section 10
};

// The extended key usage that a leaf needs, dotted. Our own purposes lie under 1.3.6.1.4.1.32473.1, IANA's enterprise
// number for examples (RFC 5612): an operator puts an arc of its own in its place before real certificates are issued.
// So does status_list_signer until IANA gives id-kp-oauthStatusSigning its number.
std::string_view extended_key_usage_oid(CertificatePurpose purpose);

// An X.509 certificate (RFC 5280, version 3) with a P-256, P-384 or Ed25519 key. Parsing decodes once; getters are
// cheap, copies share.
class Certificate {
 public:
  // DER, nothing after it, at most kCertificateBytesMax. Errors: certificate_malformed, public_key_malformed,
  // public_key_not_on_curve.
  static Result<Certificate> parse(BytesView der);
  // Exactly one CERTIFICATE block. Errors: also pem_malformed.
  static Result<Certificate> from_pem(std::string_view pem);

  BytesView der() const;  // as it arrived
  const PublicKey& public_key() const;
  const Sha256Digest& sha256() const;  // of the DER: x509_hash
  Instant not_before() const;
  Instant not_after() const;                     // the last second of validity
  const std::string& subject() const;            // RFC 2253 text in UTF-8, for showing
  const std::string& common_name() const;        // empty when absent
  const std::string& organization() const;       // empty when absent
  const std::string& country() const;            // of the subject: "JP"; empty when absent
  const std::string& state_or_province() const;  // of the subject; empty when absent
  const std::vector<std::string>& san_dns() const;
  const std::vector<std::string>& san_uri() const;
  bool is_self_issued() const;  // subject and issuer are the same name
  std::string pem() const;

  struct Parts;  // the library's certificate; for files in core/crypto only
  const Parts& parts() const { return *parts_; }

 private:
  explicit Certificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

inline constexpr std::size_t kCertificateBytesMax = 16 * 1024;
inline constexpr std::size_t kCertificateChainMax = 4;  // certificates in a chain, the anchor not counted

// Trust anchors for one purpose. Verified chains are remembered by the SHA-256 of their DER, in a bounded map and only
// while every member is valid; safe to use from several threads.
class TrustAnchors {
 public:
  TrustAnchors(CertificatePurpose purpose, std::vector<Certificate> anchors);
  ~TrustAnchors();
  TrustAnchors(TrustAnchors&&) noexcept;
  TrustAnchors& operator=(TrustAnchors&&) noexcept;

  CertificatePurpose purpose() const;
  const std::vector<Certificate>& anchors() const;

  // `chain`: DER certificates, leaf first, without the anchor (an anchor inside is certificate_is_anchor, another
  // self-issued certificate is certificate_untrusted). RFC 5280, section 6, made stricter: names, key identifiers,
  // ECDSA with SHA-256, CA flags, path lengths, key usage, no critical extension that is not checked here, no name or
  // policy constraints; every member and the anchor valid at `now`; the leaf has digitalSignature and the purpose's
  // extended key usage and is not a CA. A TLS peer's host name is compared by the TLS layer, not here. Errors:
  // certificate_malformed, _expired, _not_yet_valid, _untrusted, _wrong_purpose, _is_anchor, _chain_too_long.
  Result<Certificate> verify_chain(std::span<const Bytes> chain, Instant now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What goes into a certificate that we make. Our CAs have P-256 keys and sign by ECDSA with SHA-256; each certificate
// has a random serial number of 16 bytes and key identifiers. Empty texts are left out.
struct CertificateRequest {
  std::string common_name;
  std::string organization;
  std::string country = "JP";
  std::string state_or_province;
  Instant not_before, not_after;
  std::vector<std::string> san_dns;
  std::vector<std::string> san_uri;
  std::vector<std::string> san_ip;
  // A purpose gives a leaf with its EKU and digitalSignature; none gives a CA (pathlen 0, a root's is 1).
  std::optional<CertificatePurpose> purpose;
};

// A self-signed CA for `key`. Errors: invalid_argument (a purpose, or text that does not fit a certificate).
Result<Certificate> make_root_certificate(const CertificateRequest& request, const P256PrivateKey& key);
// A certificate for `subject_key` signed by `issuer` with `issuer_key`. Errors: invalid_argument (also when
// `issuer` is no CA or has another key).
Result<Certificate> make_certificate(const CertificateRequest& request, const PublicKey& subject_key,
                                     const Certificate& issuer, const P256PrivateKey& issuer_key);

// PEM of a PKCS#8 private key, for TLS libraries that want a file or a buffer.
SecretBytes private_key_pem(const P256PrivateKey& key);
// Exactly one unencrypted PRIVATE KEY block. Errors: pem_malformed, private_key_malformed.
Result<P256PrivateKey> private_key_from_pem(std::string_view pem);
// DER of each block, at least one; all must be CERTIFICATE blocks. Errors: pem_malformed.
Result<std::vector<Bytes>> certificates_from_pem(std::string_view pem);

}  // namespace mibun::crypto
