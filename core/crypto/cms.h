#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/hash.h"

// Cryptographic Message Syntax (RFC 5652) as ICAO Doc 9303, parts 10 to 12, uses it for EF.SOD: signed data with one
// signer, whose certificate (the document signer's, DSC) a country's own certification authority (CSCA) has signed.
namespace mibun::crypto {

// A country's signing CA that somebody here has decided to trust. Key types: RSA from 2048 bits; EC on NIST P-224
// to P-521 and brainpool P224r1 to P512r1, also written out as explicit parameters when they are exactly one of those.
class CscaCertificate {
 public:
  // DER, nothing after it. Errors: certificate_malformed, algorithm_not_allowed, emrtd_explicit_curve_unknown,
  // certificate_wrong_purpose (no CA, or no keyCertSign).
  static Result<CscaCertificate> parse(BytesView der);
  static Result<CscaCertificate> from_pem(std::string_view pem);

  BytesView der() const;
  const std::string& subject() const;  // RFC 2253
  const std::string& country() const;  // C of the subject, upper case as in the MRZ's two letters; may be empty
  const Sha256Digest& sha256() const;  // of the DER
  Instant not_before() const;
  Instant not_after() const;
  std::string pem() const;

  struct Parts;  // for files in core/crypto only
  const Parts& parts() const { return *parts_; }

 private:
  explicit CscaCertificate(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

// When the DSC and the CSCA must be valid. A DSC is made to outlive the documents signed with it (9303-12, section 4),
// so a document that is in date has a DSC that is in date: `now` is the rule. `signing_time` judges at the moment the
// signature claims to be of (the signed attribute; `now` when it is absent), which a stolen old key could back-date.
enum class ChainTime { now, signing_time };

struct SignedDataRules {
  std::string_view content_type;  // dotted OID that eContentType must be
  std::span<const CscaCertificate> trusted;
  Instant now;
  ChainTime chain_time = ChainTime::now;
};

struct VerifiedSignedData {
  Bytes content;     // eContent, as it was signed
  Bytes signer_der;  // the DSC
  std::string signer_subject;
  Instant signer_not_before, signer_not_after;
  std::string csca_subject;
  std::string csca_country;
  Sha256Digest csca_sha256{};
  std::optional<Instant> signing_time;  // the signer's statement
  Instant judged_at;                    // for which the chain was checked
};

inline constexpr std::size_t kSignedDataBytesMax = 256 * 1024;

// `der`: ContentInfo in DER, or BER with indefinite lengths from the outside in; nothing after it. Checks: exactly one
// signer with its certificate inside; contentType and messageDigest attributes; SHA-256, SHA-384 or SHA-512 everywhere;
// the signature (RSA PKCS#1 v1.5, RSA-PSS, ECDSA); the DSC's own profile (no CA, digitalSignature, no extended key
// usage, no critical extension that is not understood); DSC signed by a trusted CSCA of that name; validity by
// `chain_time`. Errors: cms_malformed, cms_wrong_content_type, cms_signature_invalid, cms_signer_untrusted,
// digest_not_allowed, algorithm_not_allowed, emrtd_explicit_curve_unknown, certificate_expired,
// certificate_not_yet_valid.
Result<VerifiedSignedData> verify_signed_data(BytesView der, const SignedDataRules& rules);

}  // namespace mibun::crypto
