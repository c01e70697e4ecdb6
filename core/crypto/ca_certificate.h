#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/certificate.h"

namespace mibun::crypto {

// A certificate whose key signs certificates and lists only, never messages, so that more kinds of keys are taken than
// Certificate has: RSA, P-521, brainpool. Nothing is said yet about trust, or about being a CA. Copies share.
class CaCertificate {
 public:
  // DER, nothing after it, at most kCertificateBytesMax. Errors: certificate_malformed.
  static Result<CaCertificate> parse(BytesView der);
  // Exactly one CERTIFICATE block. Errors: also pem_malformed.
  static Result<CaCertificate> from_pem(std::string_view pem);
  CaCertificate(const Certificate& certificate);  // NOLINT(google-explicit-constructor): every certificate may be one

  BytesView der() const;
  const Sha256Digest& sha256() const;  // of the DER
  Instant not_before() const;
  Instant not_after() const;           // the last second of validity
  const std::string& subject() const;  // RFC 2253 text in UTF-8, for showing
  BytesView serial() const;            // contents of the INTEGER
  BytesView subject_key_id() const;    // empty when absent
  BytesView authority_key_id() const;  // empty when absent
  // The URIs among the CRL distribution points, for whoever fetches: nothing here does.
  const std::vector<std::string>& crl_uris() const;
  std::string pem() const;

  const Certificate::Parts& parts() const { return *parts_; }  // for files in core/crypto only

 private:
  explicit CaCertificate(std::shared_ptr<const Certificate::Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Certificate::Parts> parts_;
};

}  // namespace mibun::crypto
