#include "core/mdoc/verifier.h"

#include <algorithm>

#include "core/cose/mac0.h"
#include "core/cose/sign1.h"
#include "core/crypto/hash.h"
#include "core/mdoc/device_auth.h"
#include "core/mdoc/doc_types.h"
#include "core/mdoc/members.h"

namespace mibun::mdoc {
namespace {

// COSE's refusals, told apart by who signed.
struct CoseCodes {
  const char* where;
  ErrorCode algorithm, proof, payload;
};
constexpr CoseCodes kIssuerCodes{"issuerAuth", ErrorCode::mdoc_issuer_algorithm_not_allowed,
                                 ErrorCode::mdoc_issuer_signature_invalid, ErrorCode::mdoc_issuer_auth_malformed};
constexpr CoseCodes kSignatureCodes{"deviceSignature", ErrorCode::mdoc_device_algorithm_not_allowed,
                                    ErrorCode::mdoc_device_signature_invalid,
                                    ErrorCode::mdoc_device_payload_not_detached};
constexpr CoseCodes kMacCodes{"deviceMac", ErrorCode::mdoc_device_algorithm_not_allowed,
                              ErrorCode::mdoc_device_mac_invalid, ErrorCode::mdoc_device_payload_not_detached};

std::unexpected<Error> as_ours(Error error, const CoseCodes& codes) {
  switch (error.code) {
    case ErrorCode::cose_alg_missing:
    case ErrorCode::cose_alg_not_allowed:
      return fail(codes.algorithm, codes.where);
    case ErrorCode::cose_signature_malformed:
    case ErrorCode::cose_signature_invalid:
    case ErrorCode::cose_mac_invalid:
      return fail(codes.proof, codes.where);
    case ErrorCode::cose_payload_missing:
    case ErrorCode::cose_payload_unexpected:
      return fail(codes.payload, codes.where);
    default:
      return std::unexpected(std::move(error));
  }
}

// Both numbers of an algorithm are taken: -7 of ISO/IEC 18013-5 and -9 of RFC 9864, which OpenID4VP names.
constexpr cose::SignaturePolicy kSignature{.names = cose::AlgorithmNames::either};

bool digest_matches(DigestAlgorithm algorithm, BytesView data, BytesView digest) {
  switch (algorithm) {
    case DigestAlgorithm::sha256:
      return std::ranges::equal(crypto::sha256(data), digest);
    case DigestAlgorithm::sha384:
      return std::ranges::equal(crypto::sha384(data), digest);
    case DigestAlgorithm::sha512:
      return std::ranges::equal(crypto::sha512(data), digest);
  }
  MIBUN_INVARIANT(false);
  return false;
}

// 9.3.1, step 5. A certificate speaks in whole seconds, as does a tdate.
Status check_validity(const ValidityInfo& validity, const crypto::Certificate& signer, seconds leeway, Instant now) {
  if (validity.signed_at < signer.not_before() || validity.signed_at > signer.not_after()) {
    return fail(ErrorCode::mdoc_signed_outside_certificate, "validityInfo.signed");
  }
  if (now + leeway < validity.valid_from) return fail(ErrorCode::mdoc_not_yet_valid, "validityInfo.validFrom");
  if (now - leeway > validity.valid_until) return fail(ErrorCode::mdoc_expired, "validityInfo.validUntil");
  return {};
}

// Whether an mDL shows this element, and with another text than `expected`.
bool says_other(const IssuerSigned& issuer_signed, std::string_view identifier, std::string_view expected) {
  const IssuerSignedItem* item = issuer_signed.find(kMdlNameSpace, identifier);
  if (item == nullptr) return false;
  cbor::ChunkStore chunks;
  cbor::Reader reader = reader_of(item->value, chunks);
  const auto text = reader.read_text();
  return !text || *text != expected;
}

// 9.3.1: an mDL's country and jurisdiction, where they are shown, are the signer's.
Status check_issuing_place(const IssuerSigned& issuer_signed, const crypto::Certificate& signer) {
  if (issuer_signed.mso.doc_type != kMdlDocType) return {};
  if (says_other(issuer_signed, "issuing_country", signer.country())) {
    return fail(ErrorCode::mdoc_issuing_country_mismatch, "issuing_country");
  }
  const std::string& state = signer.state_or_province();
  if (!state.empty() && says_other(issuer_signed, "issuing_jurisdiction", state)) {
    return fail(ErrorCode::mdoc_issuing_jurisdiction_mismatch, "issuing_jurisdiction");
  }
  return {};
}

Status check_element_types(const IssuerSigned& issuer_signed) {
  const DocType* doc_type = find_doc_type(issuer_signed.mso.doc_type);
  if (doc_type == nullptr) return {};
  for (const IssuerNameSpace& name_space : issuer_signed.name_spaces) {
    for (const IssuerSignedItem& item : name_space.items) {
      const ElementRule* rule = find_element(*doc_type, name_space.name, item.identifier);
      if (rule == nullptr) continue;
      if (!check_element_type(rule->type, item.value)) {
        return fail(ErrorCode::mdoc_element_wrong_type, std::string(rule->identifier));
      }
    }
  }
  return {};
}

// 9.3.3: to an IACA certificate that we trust for this purpose.
Result<crypto::Certificate> check_chain(const cose::Sign1& issuer_auth, const IssuerPolicy& policy, Instant now) {
  MIBUN_CHECK(policy.anchors.check_purpose(crypto::CertificatePurpose::mdoc_document_signer));
  const std::span<const BytesView> chain = issuer_auth.unverified_headers().x5chain;
  if (chain.empty()) return fail(ErrorCode::mdoc_x5chain_missing, "issuerAuth");
  return policy.anchors.verify_chain(chain, now);
}

// The issuer's half: 9.1.2 and 9.3.1. Returns the document signer's certificate.
Result<crypto::Certificate> check_issuer(const IssuerSigned& issuer_signed, const IssuerPolicy& policy, Instant now) {
  const Mso& mso = issuer_signed.mso;
  if (!policy.digest_algorithms.allow(mso.digest_algorithm)) {
    return fail(ErrorCode::mdoc_digest_algorithm_not_allowed, "digestAlgorithm");
  }
  MIBUN_TRY(crypto::Certificate signer, check_chain(issuer_signed.issuer_auth, policy, now));
  auto verified = issuer_signed.issuer_auth.verify(signer.public_key(), kSignature);
  if (!verified) return as_ours(std::move(verified.error()), kIssuerCodes);
  MIBUN_CHECK(check_validity(mso.validity, signer, policy.leeway, now));
  MIBUN_CHECK(check_digests(issuer_signed));
  MIBUN_CHECK(check_issuing_place(issuer_signed, signer));
  if (policy.element_types == ElementTypes::check) MIBUN_CHECK(check_element_types(issuer_signed));
  return signer;
}

Status check_expected(std::string_view doc_type, const IssuerPolicy& policy) {
  if (std::ranges::find(policy.doc_types, doc_type) == policy.doc_types.end()) {
    return fail(ErrorCode::mdoc_doc_type_unexpected, "docType");
  }
  return {};
}

Bytes device_payload(const Document& document, const SessionTranscript& transcript) {
  return device_authentication_bytes(transcript, document.doc_type, document.device_signed.name_spaces_bytes);
}

// 9.1.3.6.
Status check_signature(const cose::Sign1& signature, const Document& document, const SessionTranscript& transcript) {
  const Bytes payload = device_payload(document, transcript);
  auto verified = signature.verify_detached(payload, document.issuer_signed.mso.device_key, kSignature);
  if (!verified) return as_ours(std::move(verified.error()), kSignatureCodes);
  return {};
}

// 9.1.3.5.
Status check_mac(const cose::Mac0& mac, const Document& document, const crypto::KeyAgreement& reader_key,
                 const SessionTranscript& transcript) {
  const crypto::P256PublicKey* device_key = document.issuer_signed.mso.device_key.p256();
  if (device_key == nullptr) return fail(ErrorCode::mdoc_device_key_not_for_mac, "deviceMac", "not a P-256 key");
  MIBUN_TRY(const SecretBytes key, derive_e_mac_key(reader_key, *device_key, transcript));
  const Bytes payload = device_payload(document, transcript);
  auto verified = mac.verify_detached(payload, key, {});
  if (!verified) return as_ours(std::move(verified.error()), kMacCodes);
  return {};
}

Result<DeviceAuthKind> check_device(const Document& document, const DeviceAuthPolicy& policy,
                                    const SessionTranscript& transcript) {
  const auto not_allowed = [](const char* where) { return fail(ErrorCode::mdoc_device_auth_not_allowed, where); };
  if (const auto* signature = std::get_if<cose::Sign1>(&document.device_signed.auth)) {
    if (std::holds_alternative<MacOnly>(policy)) return not_allowed("deviceSignature");
    MIBUN_CHECK(check_signature(*signature, document, transcript));
    return DeviceAuthKind::signature;
  }
  const auto* mac_only = std::get_if<MacOnly>(&policy);
  const auto* either = std::get_if<SignatureOrMac>(&policy);
  if (mac_only == nullptr && either == nullptr) return not_allowed("deviceMac");
  MIBUN_CHECK(check_mac(std::get<cose::Mac0>(document.device_signed.auth), document,
                        mac_only != nullptr ? mac_only->reader_key : either->reader_key, transcript));
  return DeviceAuthKind::mac;
}

// 9.1.2.4: the device speaks for itself only where the issuer let it.
Status check_authorized(const Document& document) {
  const KeyAuthorizations& authorizations = document.issuer_signed.mso.key_authorizations;
  for (const DeviceNameSpace& name_space : document.device_signed.name_spaces) {
    for (const DeviceElement& element : name_space.elements) {
      if (!authorizations.allows(name_space.name, element.identifier)) {
        return fail(ErrorCode::mdoc_device_element_not_authorized, "deviceSigned.nameSpaces");
      }
    }
  }
  return {};
}

}  // namespace

bool DigestAlgorithms::allow(DigestAlgorithm algorithm) const {
  return algorithm == DigestAlgorithm::sha256 ? sha256 : algorithm == DigestAlgorithm::sha384 ? sha384 : sha512;
}

Status check_digests(const IssuerSigned& issuer_signed) {
  for (const IssuerNameSpace& name_space : issuer_signed.name_spaces) {
    const NameSpaceDigests* digests = issuer_signed.mso.find(name_space.name);
    if (digests == nullptr) return fail(ErrorCode::mdoc_name_space_unknown, "nameSpaces");
    for (std::size_t i = 0; i < name_space.items.size(); ++i) {
      const IssuerSignedItem& item = name_space.items[i];
      const ValueDigest* expected = digests->find(item.digest_id);
      if (expected == nullptr) return fail(ErrorCode::mdoc_digest_missing, "nameSpaces[" + std::to_string(i) + "]");
      if (!digest_matches(issuer_signed.mso.digest_algorithm, item.bytes, expected->digest)) {
        return fail(ErrorCode::mdoc_digest_mismatch, "nameSpaces[" + std::to_string(i) + "]");
      }
    }
  }
  return {};
}

struct Checker {
  static Result<VerifiedDocument> verify(Document document, const VerifierPolicy& policy,
                                         const SessionTranscript& transcript, Instant now) {
    MIBUN_CHECK(check_expected(document.doc_type, policy.issuer));
    if (document.doc_type != document.issuer_signed.mso.doc_type) {
      return fail(ErrorCode::mdoc_doc_type_mismatch, "docType");
    }
    MIBUN_TRY(crypto::Certificate signer, check_issuer(document.issuer_signed, policy.issuer, now));
    MIBUN_TRY(const DeviceAuthKind kind, check_device(document, policy.device_auth, transcript));
    MIBUN_CHECK(check_authorized(document));
    return VerifiedDocument(std::move(document), std::move(signer), kind);
  }

  static Result<VerifiedDeviceResponse> verify(Encoded<DeviceResponse> response, const VerifierPolicy& policy,
                                               const SessionTranscript& transcript, Instant now) {
    if (response->status != 0) return fail(ErrorCode::mdoc_response_status, "status");
    if (response->documents.empty()) return fail(ErrorCode::mdoc_no_documents, "documents");
    if (response->documents.size() > policy.documents_max) {
      return fail(ErrorCode::mdoc_too_many_documents, "documents");
    }
    VerifiedDeviceResponse verified(std::move(response));
    std::vector<Document> documents = std::exchange(verified.response_.mutable_value().documents, {});
    for (Document& document : documents) {
      MIBUN_TRY(VerifiedDocument one, verify(std::move(document), policy, transcript, now));
      verified.documents_.push_back(std::move(one));
    }
    return verified;
  }

  static Result<VerifiedIssuerSigned> verify(Encoded<IssuerSigned> issued, const IssuerPolicy& policy,
                                             const crypto::PublicKey& device_key, Instant now) {
    MIBUN_CHECK(check_expected(issued->mso.doc_type, policy));
    MIBUN_TRY(VerifiedIssuerSigned verified, verify(std::move(issued), policy, now));
    if (verified->mso.device_key != device_key) return fail(ErrorCode::mdoc_device_key_mismatch, "deviceKey");
    return verified;
  }

  static Result<VerifiedIssuerSigned> verify(Encoded<IssuerSigned> issued, const IssuerPolicy& policy, Instant now) {
    MIBUN_TRY(crypto::Certificate signer, check_issuer(*issued, policy, now));
    return VerifiedIssuerSigned(std::move(issued), std::move(signer));
  }
};

Result<VerifiedDeviceResponse> verify_device_response(Bytes response, const VerifierPolicy& policy,
                                                      const SessionTranscript& transcript, Instant now) {
  MIBUN_TRY(Encoded<DeviceResponse> parsed, Encoded<DeviceResponse>::parse(std::move(response)));
  return Checker::verify(std::move(parsed), policy, transcript, now);
}

Result<VerifiedIssuerSigned> verify_issued(Bytes issuer_signed, const IssuerPolicy& policy,
                                           const crypto::PublicKey& device_key, Instant now) {
  MIBUN_TRY(Encoded<IssuerSigned> parsed, Encoded<IssuerSigned>::parse(std::move(issuer_signed)));
  return Checker::verify(std::move(parsed), policy, device_key, now);
}

Result<VerifiedIssuerSigned> verify_issuer_signed(Bytes issuer_signed, const crypto::TrustAnchors& anchors,
                                                  Instant now) {
  MIBUN_TRY(Encoded<IssuerSigned> parsed, Encoded<IssuerSigned>::parse(std::move(issuer_signed)));
  return Checker::verify(std::move(parsed), IssuerPolicy{.anchors = anchors, .doc_types = {}}, now);
}

Bytes without_elements(const IssuerSigned& issuer_signed) {
  return cbor::Writer().map(1).text("issuerAuth").raw(issuer_signed.issuer_auth_bytes).take();
}

}  // namespace mibun::mdoc
