#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/hash.h"
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
  wallet_provider,       // signs wallet attestations and key attestations: OpenID4VCI 1.0, appendices D and E
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
  const std::shared_ptr<const Parts>& shared_parts() const { return parts_; }

 private:
  explicit Certificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

inline constexpr std::size_t kCertificateBytesMax = 16 * 1024;
inline constexpr std::size_t kCertificateChainMax = 4;  // certificates in a chain, the anchor not counted

}  // namespace mibun::crypto
