#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/crypto/p256.h"
#include "core/crypto/public_key.h"
#include "core/crypto/x509.h"
#include "core/mdoc/device_response.h"
#include "core/mdoc/encoded.h"
#include "core/mdoc/issuer_signed.h"
#include "core/mdoc/session_transcript.h"

namespace mibun::mdoc {

// Whether elements that the doctype tables know must have the CBOR type these say (doc_types.h).
enum class ElementTypes { check, ignore };

// The digest algorithms an issuer may use: all that ISO/IEC 18013-5, table 21, has, unless switched off.
struct DigestAlgorithms {
  bool sha256 = true, sha384 = true, sha512 = true;
  bool allow(DigestAlgorithm algorithm) const;
};

// Whose documents, and which types. There is no default: an empty list of types accepts nothing.
struct IssuerPolicy {
  const crypto::TrustAnchors& anchors;  // purpose mdoc_document_signer: the IACA certificates
  std::vector<std::string> doc_types;   // compared exactly
  ElementTypes element_types = ElementTypes::check;
  DigestAlgorithms digest_algorithms{};
  seconds leeway{60};  // for validFrom and validUntil
};

// How the device may prove itself. A MAC needs the reader's ephemeral key, which only proximity has; OpenID4VP leaves
// signatures only.
struct SignatureOnly {};
struct MacOnly {
  const crypto::KeyAgreement& reader_key;
};
struct SignatureOrMac {
  const crypto::KeyAgreement& reader_key;
};
using DeviceAuthPolicy = std::variant<SignatureOnly, MacOnly, SignatureOrMac>;

struct VerifierPolicy {
  IssuerPolicy issuer;
  DeviceAuthPolicy device_auth = SignatureOnly{};
  std::size_t documents_max = 1;  // what was asked for: OpenID4VP has one document in each response
};

enum class DeviceAuthKind { signature, mac };

// A document after every check of ISO/IEC 18013-5, 9.1.2, 9.1.3 and 9.3.1. Part of a VerifiedDeviceResponse: views are
// good as long as that lives.
class VerifiedDocument {
 public:
  std::string_view doc_type() const { return document_.doc_type; }
  const std::vector<IssuerNameSpace>& name_spaces() const { return document_.issuer_signed.name_spaces; }
  // What the issuer signed; null when it was not shown.
  const IssuerSignedItem* find(std::string_view name_space, std::string_view identifier) const {
    return document_.issuer_signed.find(name_space, identifier);
  }
  // What the device said on its own, as far as the issuer authorized it; never part of name_spaces().
  const std::vector<DeviceNameSpace>& device_name_spaces() const { return document_.device_signed.name_spaces; }
  // What was asked for and not shown, as the holder's device says.
  const std::vector<ElementError>& errors() const { return document_.errors; }

  const ValidityInfo& validity() const { return document_.issuer_signed.mso.validity; }
  // Resolving it is the caller's next step.
  const std::optional<MsoStatus>& status() const { return document_.issuer_signed.mso.status; }
  const crypto::PublicKey& device_key() const { return document_.issuer_signed.mso.device_key; }
  const crypto::Certificate& document_signer() const { return certificate_; }
  DeviceAuthKind device_auth() const { return kind_; }
  const Mso& mso() const { return document_.issuer_signed.mso; }
  const Document& document() const { return document_; }

 private:
  friend struct Checker;  // verifier.cc
  VerifiedDocument(Document document, crypto::Certificate certificate, DeviceAuthKind kind)
      : document_(std::move(document)), certificate_(std::move(certificate)), kind_(kind) {}
  Document document_;
  crypto::Certificate certificate_;
  DeviceAuthKind kind_;
};

class VerifiedDeviceResponse {
 public:
  VerifiedDeviceResponse(VerifiedDeviceResponse&&) noexcept = default;
  VerifiedDeviceResponse& operator=(VerifiedDeviceResponse&&) noexcept = default;
  VerifiedDeviceResponse(const VerifiedDeviceResponse&) = delete;
  VerifiedDeviceResponse& operator=(const VerifiedDeviceResponse&) = delete;
  ~VerifiedDeviceResponse() = default;

  const std::vector<VerifiedDocument>& documents() const { return documents_; }  // at least one
  // Documents that the holder's device did not return, and why.
  const std::vector<DocumentError>& document_errors() const { return response_->document_errors; }
  const Bytes& bytes() const { return response_.bytes(); }  // as they arrived

 private:
  friend struct Checker;
  explicit VerifiedDeviceResponse(Encoded<DeviceResponse> response) : response_(std::move(response)) {}
  Encoded<DeviceResponse> response_;
  std::vector<VerifiedDocument> documents_;
};

// The verifier's door. Nothing is taken from the response that was not verified, and the transcript is our own.
// Errors: those of DeviceResponse::parse, mdoc_response_status, mdoc_no_documents, mdoc_too_many_documents, and for
//   each document in this order: mdoc_doc_type_unexpected, mdoc_doc_type_mismatch, mdoc_digest_algorithm_not_allowed,
//   mdoc_x5chain_missing, certificate_*, mdoc_issuer_algorithm_not_allowed, mdoc_issuer_signature_invalid,
//   mdoc_signed_outside_certificate, mdoc_not_yet_valid, mdoc_expired, mdoc_name_space_unknown, mdoc_digest_missing,
//   mdoc_digest_mismatch, mdoc_issuing_country_mismatch, mdoc_issuing_jurisdiction_mismatch, mdoc_element_wrong_type,
//   mdoc_device_auth_not_allowed, mdoc_device_payload_not_detached, mdoc_device_algorithm_not_allowed,
//   mdoc_device_key_not_for_mac, mdoc_device_signature_invalid, mdoc_device_mac_invalid,
//   mdoc_device_element_not_authorized.
Result<VerifiedDeviceResponse> verify_device_response(Bytes response, const VerifierPolicy& policy,
                                                      const SessionTranscript& transcript, Instant now);

// An IssuerSigned after the issuer's half of the checks, with a device key that is the wallet's own.
class VerifiedIssuerSigned {
 public:
  const IssuerSigned& operator*() const { return *issuer_signed_; }
  const IssuerSigned* operator->() const { return &*issuer_signed_; }
  std::string_view doc_type() const { return issuer_signed_->mso.doc_type; }
  const crypto::Certificate& document_signer() const { return certificate_; }
  const Bytes& bytes() const { return issuer_signed_.bytes(); }  // what a wallet stores

 private:
  friend struct Checker;
  friend class HeldMdoc;
  VerifiedIssuerSigned(Encoded<IssuerSigned> issuer_signed, crypto::Certificate certificate)
      : issuer_signed_(std::move(issuer_signed)), certificate_(std::move(certificate)) {}
  Encoded<IssuerSigned> issuer_signed_;
  crypto::Certificate certificate_;
};

// The holder's door at reception: `device_key` is the key that this mdoc was asked for.
// Errors: those of IssuerSigned::parse, those of verify_device_response that are the issuer's,
// mdoc_device_key_mismatch.
Result<VerifiedIssuerSigned> verify_issued(Bytes issuer_signed, const IssuerPolicy& policy,
                                           const crypto::PublicKey& device_key, Instant now);

// The issuer's half alone, whatever the doctype and the device key: for a paper that says what was presented once, and
// for whoever compares these next. Errors: those of IssuerSigned::parse, those of verify_device_response that are the
// issuer's.
Result<VerifiedIssuerSigned> verify_issuer_signed(Bytes issuer_signed, const crypto::TrustAnchors& anchors,
                                                  Instant now);

// IssuerSigned without any element: what the issuer signed and nothing that it says of the holder.
Bytes without_elements(const IssuerSigned& issuer_signed);

// The digests of all items, without the issuer's signature: for what this wallet verified at reception and kept.
// Errors: mdoc_name_space_unknown, mdoc_digest_missing, mdoc_digest_mismatch.
Status check_digests(const IssuerSigned& issuer_signed);

}  // namespace mibun::mdoc
