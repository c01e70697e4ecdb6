#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/crypto/x509.h"

// Signed papers that a person and a partner keep, and that anyone can check with public keys alone.
namespace mibun::receipt {

inline constexpr std::string_view kConsentReceiptType = "mibun-consent-receipt+jwt";
inline constexpr std::string_view kErasureReceiptType = "mibun-erasure-receipt+jwt";
inline constexpr std::size_t kReceiptBytesMax = 512 * 1024;

// One presentation as its holder signed it. No claim's value is in it: the disclosures are left out.
struct PresentationProof {
  std::string credential_id;
  std::string issuer_jwt;
  std::string kb_jwt;
  std::string presentation_sha256;  // base64url; what the holder signed as sd_hash
};

// How the answer came, and so how sure it is that the person saw the very page that asked. same_device: the browser
// that asked came back itself. cross_device_code: the person typed a code that stood on the page; weaker, because a
// page in the middle can show a code, too. dc_api: the browser itself told the wallet which page asks.
enum class PresentationChannel { same_device, cross_device_code, dc_api };
std::string_view to_string(PresentationChannel channel);

// The same of an mdoc: what its issuer signed, without any element, and the holder's signature over the consent.
struct MdocPresentationProof {
  std::string credential_id;
  std::string issuer_signed;        // base64url; IssuerSigned with issuerAuth alone
  std::string consent_proof;        // consent_proof.h
  std::string presentation_sha256;  // base64url; of the DeviceResponse, as the consent proof says
};

// {"iss", "jti", "iat", "outcome": "shared", "client_id", "organization": {"ja","en"}, "consent": "<text>",
//  "presentation_channel": "same_device",
//  "presentations": [{"credential_id", "issuer_jwt", "kb_jwt", "presentation_sha256"}],
//  "mdoc_presentations": [{"credential_id", "issuer_signed", "consent_proof", "presentation_sha256"}],
//  "transaction_data": ["..."], "verified_at": "...+09:00"}; a list that is empty is left out
struct ConsentReceipt {
  std::string issuer;      // the gateway's origin, a name of its receipt certificate
  std::string receipt_id;  // jti
  Instant issued_at;
  std::string outcome = "shared";
  std::string client_id;
  std::string organization_ja, organization_en;
  std::string consent;  // the text whose hash the holder signed
  PresentationChannel channel = PresentationChannel::same_device;
  std::vector<PresentationProof> presentations;
  std::vector<MdocPresentationProof> mdoc_presentations;
  std::vector<std::string> transaction_data{};  // what the holder approved, as it travelled
  Instant verified_at;                          // whole seconds
};

enum class ErasureOutcome { erased, retained };

// What happened to one class of data. Retained: by which law and article, who owes it, and until when ("2033-11-23").
struct ErasedClass {
  std::string data_class;
  ErasureOutcome outcome = ErasureOutcome::erased;
  Instant at;  // whole seconds
  std::optional<std::string> law, article, until, controller;
};

// {"iss", "jti", "iat", "account": "<opaque hash>", "classes": [{"class", "outcome", "at": "...+09:00", "law"?,
//  "article"?, "until"?, "controller"?}]}
struct ErasureReceipt {
  std::string issuer;
  std::string receipt_id;
  Instant issued_at;
  std::string account;
  std::vector<ErasedClass> classes;
};

// `chain`: of CertificatePurpose::receipt, leaf first, without the anchor.
// Errors: receipt_malformed (what check_receipt would refuse), and the signer's.
Result<std::string> sign_consent_receipt(const ConsentReceipt& receipt, const crypto::Signer& signer,
                                         std::span<const Bytes> chain);
Result<std::string> sign_erasure_receipt(const ErasureReceipt& receipt, const crypto::Signer& signer,
                                         std::span<const Bytes> chain);

struct ReceiptAnchors {
  const crypto::TrustAnchors& receipts;  // CertificatePurpose::receipt
  const crypto::TrustAnchors& issuers;   // CertificatePurpose::credential_issuer
  const crypto::TrustAnchors& iaca;      // CertificatePurpose::mdoc_document_signer
};

// A receipt whose every signature was checked.
struct CheckedReceipt {
  std::variant<ConsentReceipt, ErasureReceipt> content;
  std::string signer;                // the receipt certificate's subject
  std::vector<std::string> issuers;  // of the credentials, in the order of the presentations, then of the mdocs
};

// Offline, with public keys only. Of either kind: the gateway's signature and chain, iss. Of a consent receipt also,
// for each presentation: the issuer's signature and chain (both judged at the time the receipt names: a receipt
// outlives certificates), the holder's signature with the key the issuer named, that it was made for client_id, and
// that it covers this consent text, its nonce and this presentation; together the holder's signatures name each
// transaction of the receipt once, and no other. Of an mdoc the holder names the presentation's
// digest; that the elements behind it were the issuer's, the gateway alone has seen. `now` bounds iat. Errors:
// receipt_malformed, receipt_signature_invalid, receipt_signer_untrusted, receipt_consent_mismatch,
// jwt_issued_in_future, jwt_issuer_mismatch.
Result<CheckedReceipt> check_receipt(std::string_view text, const ReceiptAnchors& anchors, Instant now);

}  // namespace mibun::receipt
