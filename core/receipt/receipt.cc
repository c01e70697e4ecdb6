#include "core/receipt/receipt.h"

#include <array>
#include <set>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/crypto/certificate_names.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "core/jose/jws.h"
#include "core/mdoc/verifier.h"
#include "core/mdoc/wire.h"
#include "core/receipt/consent_proof.h"
#include "core/receipt/holder_signature.h"
#include "core/receipt/receipt_json.h"
#include "core/sd_jwt/verifier.h"

namespace mibun::receipt {
namespace {

// kid may stand beside x5c; it is never used to find a key.
constexpr std::array<std::string_view, 2> kKeyHeaders = {"x5c", "kid"};
constexpr json::Limits kLimits{.bytes_max = kReceiptBytesMax};
constexpr seconds kLeeway{60};

std::unexpected<Error> malformed(std::string where) {
  return fail(ErrorCode::receipt_malformed, std::move(where), "not as a receipt has it");
}

std::unexpected<Error> mismatch(std::string where) {
  return fail(ErrorCode::receipt_consent_mismatch, std::move(where), "the receipt's parts do not belong together");
}

struct Signed {
  json::Object payload;
  crypto::Certificate signer;
};

// A JWS with x5c: chain, then signature, at the time it claims to be from.
Result<Signed> check_signed(const jose::Jws& jws, std::string_view typ, const crypto::TrustAnchors& anchors, Instant at,
                            const std::string& where) {
  const auto untrusted = [&](const Error& error) {
    return fail(ErrorCode::receipt_signer_untrusted, where, std::string(to_string(error.code)));
  };
  const auto chain = jws.x5c();
  if (!chain) return untrusted(chain.error());
  auto signer = anchors.verify_chain(*chain, at);
  if (!signer) return untrusted(signer.error());
  auto verified = jws.verify(signer->public_key(), {typ, kKeyHeaders});
  if (!verified)
    return fail(ErrorCode::receipt_signature_invalid, where, std::string(to_string(verified.error().code)));
  return Signed{verified->payload(), std::move(*signer)};
}

Result<jose::Jws> parse_jws(std::string_view text, const std::string& where) {
  auto jws = jose::Jws::parse(text, kLimits);
  if (!jws) return malformed(where);
  return jws;
}

// ---- The consent ----

// What this floor needs to know of the consent text; its whole shape is oid4vp's.
struct ConsentFacts {
  std::string client_id, organization_ja, organization_en, nonce;
  std::set<std::string> credential_ids;
};

Result<ConsentFacts> read_consent(const std::string& text) {
  const auto object = json::parse_object(text, kLimits);
  if (!object) return malformed("receipt.consent");
  json::ObjectReader reader(*object, "consent");
  const auto client_id = reader.string("client_id");
  const auto nonce = reader.string("nonce");
  const auto organization = reader.object("organization");
  const auto claims = reader.object("claims");
  if (!client_id || !nonce || !organization || !claims) return malformed("receipt.consent");
  json::ObjectReader names(**organization, "consent.organization");
  const auto ja = names.string("ja");
  const auto en = names.string("en");
  if (!ja || !en) return malformed("receipt.consent.organization");
  ConsentFacts facts{std::string(*client_id), std::string(*ja), std::string(*en), std::string(*nonce), {}};
  for (const auto& member : **claims) facts.credential_ids.emplace(member.key());
  return facts;
}

Status check_consent(const ConsentReceipt& receipt, const ConsentFacts& consent) {
  if (consent.client_id != receipt.client_id) return mismatch("receipt.client_id");
  if (consent.organization_ja != receipt.organization_ja || consent.organization_en != receipt.organization_en) {
    return mismatch("receipt.organization");
  }
  std::set<std::string> shown, digests;
  const auto count = [&](const auto& proofs) {
    for (const auto& proof : proofs) {
      shown.insert(proof.credential_id);
      digests.insert(proof.presentation_sha256);
    }
    return proofs.size();
  };
  const std::size_t presentations = count(receipt.presentations) + count(receipt.mdoc_presentations);
  // A presentation that stands twice would make the receipt tell of more than was shown.
  if (shown != consent.credential_ids || digests.size() != presentations) return mismatch("receipt.presentations");
  if (receipt.verified_at > receipt.issued_at + kLeeway) return mismatch("receipt.verified_at");
  return {};
}

// ---- The presentations ----

Result<crypto::P256PublicKey> holder_key(const json::Object& credential, const std::string& where) {
  const json::Value* cnf = credential.if_contains("cnf");
  const json::Value* jwk = cnf != nullptr && cnf->is_object() ? cnf->get_object().if_contains("jwk") : nullptr;
  if (jwk == nullptr || !jwk->is_object()) return malformed(where + ".cnf");
  const auto key = jose::Jwk::parse(jwk->get_object());
  if (!key || key->key().p256() == nullptr) return malformed(where + ".cnf");
  return *key->key().p256();
}

bool says(const json::Object& payload, std::string_view name, std::string_view want) {
  const json::Value* value = payload.if_contains(name);
  return value != nullptr && value->is_string() && std::string_view(value->get_string()) == want;
}

Result<json::Object> check_holder(const PresentationProof& proof, const crypto::P256PublicKey& key,
                                  const ConsentReceipt& receipt, const ConsentFacts& consent,
                                  const std::string& where) {
  const std::string hash = base64url::encode(crypto::sha256(receipt.consent));
  const std::array<ExpectedClaim, 4> claims{{{"aud", receipt.client_id},
                                             {"nonce", consent.nonce},
                                             {"sd_hash", proof.presentation_sha256},
                                             {"consent_hash", hash}}};
  return check_holder_signature(proof.kb_jwt, sd_jwt::kKeyBindingTyp, key, claims, receipt.verified_at, where);
}

// The hashes of transactions that the holder signed (OpenID4VP 1.0, appendix B.3.3), added to `signed_hashes`.
Status collect_transactions(const json::Object& key_binding, std::multiset<std::string>& signed_hashes,
                            const std::string& where) {
  const json::Value* value = key_binding.if_contains("transaction_data_hashes");
  if (value == nullptr) return {};
  const json::Array* array = value->if_array();
  if (array == nullptr) return malformed(where);
  for (const json::Value& hash : *array) {
    if (!hash.is_string()) return malformed(where);
    signed_hashes.emplace(hash.get_string());
  }
  return {};
}

Result<std::string> check_presentation(const PresentationProof& proof, const ConsentReceipt& receipt,
                                       const ConsentFacts& consent, const crypto::TrustAnchors& issuers,
                                       std::multiset<std::string>& signed_hashes, const std::string& where) {
  const std::string issuer_place = where + ".issuer_jwt";
  MIBUN_TRY(const jose::Jws jws, parse_jws(proof.issuer_jwt, issuer_place));
  MIBUN_TRY(const Signed credential,
            check_signed(jws, sd_jwt::kCredentialTyp, issuers, receipt.verified_at, issuer_place));
  const json::Value* issuer = credential.payload.if_contains("iss");
  if (issuer == nullptr || !issuer->is_string()) return malformed(issuer_place + ".iss");
  MIBUN_CHECK(crypto::check_names_issuer(credential.signer, issuer->get_string()));
  const jose::TimePolicy times{.exp_required = false, .iat_required = false, .leeway = kLeeway, .iat_age_max = {}};
  if (!jose::check_times(credential.payload, times, receipt.verified_at)) return mismatch(issuer_place);
  MIBUN_TRY(const crypto::P256PublicKey key, holder_key(credential.payload, issuer_place));
  MIBUN_TRY(const json::Object key_binding, check_holder(proof, key, receipt, consent, where + ".kb_jwt"));
  MIBUN_CHECK(collect_transactions(key_binding, signed_hashes, where + ".kb_jwt"));
  return std::string(issuer->get_string());
}

ErrorCode issuer_failure(ErrorCode code) {
  switch (code) {
    case ErrorCode::mdoc_issuer_signature_invalid:
      return ErrorCode::receipt_signature_invalid;
    case ErrorCode::mdoc_signed_outside_certificate:
    case ErrorCode::mdoc_not_yet_valid:
    case ErrorCode::mdoc_expired:
      return ErrorCode::receipt_consent_mismatch;
    default:
      return to_string(code).starts_with("certificate_") ? ErrorCode::receipt_signer_untrusted
                                                         : ErrorCode::receipt_malformed;
  }
}

// The issuer's signature and chain at the time of the presentation, then the holder's with the key in the MSO.
Result<std::string> check_mdoc_presentation(const MdocPresentationProof& proof, const ConsentReceipt& receipt,
                                            const ConsentFacts& consent, const crypto::TrustAnchors& iaca,
                                            const std::string& where) {
  const std::string issuer_place = where + ".issuer_signed";
  auto bytes = mdoc::from_wire(proof.issuer_signed);
  if (!bytes) return malformed(issuer_place);
  const auto issued = mdoc::verify_issuer_signed(std::move(*bytes), iaca, receipt.verified_at);
  if (!issued) {
    return fail(issuer_failure(issued.error().code), issuer_place, std::string(to_string(issued.error().code)));
  }
  const ConsentProof expected{receipt.client_id, consent.nonce, proof.presentation_sha256,
                              base64url::encode(crypto::sha256(receipt.consent))};
  MIBUN_CHECK(check_consent_proof(proof.consent_proof, (*issued)->mso.device_key, expected, receipt.verified_at,
                                  where + ".consent_proof"));
  return issued->document_signer().subject();
}

// Each transaction that the receipt tells of was signed once, and nothing else was.
Status check_transactions(const std::vector<std::string>& told, const std::multiset<std::string>& signed_hashes) {
  std::multiset<std::string> hashes;
  for (const std::string& data : told) hashes.insert(base64url::encode(crypto::sha256(data)));
  return hashes == signed_hashes ? Status{} : mismatch("receipt.transaction_data");
}

Result<std::vector<std::string>> check_presentations(const ConsentReceipt& receipt, const ReceiptAnchors& anchors) {
  MIBUN_TRY(const ConsentFacts consent, read_consent(receipt.consent));
  MIBUN_CHECK(check_consent(receipt, consent));
  std::vector<std::string> names;
  std::multiset<std::string> signed_hashes;
  for (std::size_t i = 0; i < receipt.presentations.size(); ++i) {
    const std::string where = "receipt.presentations[" + std::to_string(i) + "]";
    MIBUN_TRY(std::string name,
              check_presentation(receipt.presentations[i], receipt, consent, anchors.issuers, signed_hashes, where));
    names.push_back(std::move(name));
  }
  MIBUN_CHECK(check_transactions(receipt.transaction_data, signed_hashes));
  for (std::size_t i = 0; i < receipt.mdoc_presentations.size(); ++i) {
    const std::string where = "receipt.mdoc_presentations[" + std::to_string(i) + "]";
    MIBUN_TRY(std::string name,
              check_mdoc_presentation(receipt.mdoc_presentations[i], receipt, consent, anchors.iaca, where));
    names.push_back(std::move(name));
  }
  return names;
}

// ---- The receipt itself ----

// Which kind it is, before anything is believed: typ is compared again with the signature.
Result<std::string_view> kind_of(const jose::Jws& jws) {
  for (const std::string_view typ : {kConsentReceiptType, kErasureReceiptType}) {
    if (says(jws.unverified_header(), "typ", typ)) return typ;
  }
  return malformed("receipt.typ");
}

// A receipt outlives the certificate that signed it, so the chain is judged at the time of signing.
Result<Instant> time_of_signing(const jose::Jws& jws, Instant now) {
  const auto payload = jws.unverified_payload();
  const json::Value* iat = payload ? payload->if_contains("iat") : nullptr;
  if (iat == nullptr) return malformed("receipt.iat");
  const auto issued_at = jose::numeric_date(*iat, "receipt.iat");
  if (!issued_at) return malformed("receipt.iat");
  if (*issued_at > now + kLeeway) return fail(ErrorCode::jwt_issued_in_future, "receipt.iat");
  return *issued_at;
}

Result<std::string> sign(std::string_view typ, const json::Object& payload, const crypto::Signer& signer,
                         std::span<const Bytes> chain) {
  return jose::sign_jws({{"typ", typ}, {"x5c", jose::x5c_member(chain)}}, payload, signer);
}

}  // namespace

Result<std::string> sign_consent_receipt(const ConsentReceipt& receipt, const crypto::Signer& signer,
                                         std::span<const Bytes> chain) {
  const json::Object payload = to_json(receipt);
  MIBUN_CHECK(parse_consent_receipt(payload));
  return sign(kConsentReceiptType, payload, signer, chain);
}

Result<std::string> sign_erasure_receipt(const ErasureReceipt& receipt, const crypto::Signer& signer,
                                         std::span<const Bytes> chain) {
  const json::Object payload = to_json(receipt);
  MIBUN_CHECK(parse_erasure_receipt(payload));
  return sign(kErasureReceiptType, payload, signer, chain);
}

Result<CheckedReceipt> check_receipt(std::string_view text, const ReceiptAnchors& anchors, Instant now) {
  MIBUN_CHECK(anchors.receipts.check_purpose(crypto::CertificatePurpose::receipt));
  MIBUN_CHECK(anchors.issuers.check_purpose(crypto::CertificatePurpose::credential_issuer));
  MIBUN_CHECK(anchors.iaca.check_purpose(crypto::CertificatePurpose::mdoc_document_signer));
  if (text.size() > kReceiptBytesMax) return malformed("receipt");
  MIBUN_TRY(const jose::Jws jws, parse_jws(text, "receipt"));
  MIBUN_TRY(const std::string_view typ, kind_of(jws));
  MIBUN_TRY(const Instant signed_at, time_of_signing(jws, now));
  MIBUN_TRY(const Signed receipt, check_signed(jws, typ, anchors.receipts, signed_at, "receipt"));

  CheckedReceipt checked{.content = ErasureReceipt{}, .signer = receipt.signer.subject(), .issuers = {}};
  std::string issuer;
  if (typ == kConsentReceiptType) {
    MIBUN_TRY(ConsentReceipt content, parse_consent_receipt(receipt.payload));
    MIBUN_TRY(checked.issuers, check_presentations(content, anchors));
    issuer = content.issuer;
    checked.content = std::move(content);
  } else {
    MIBUN_TRY(ErasureReceipt content, parse_erasure_receipt(receipt.payload));
    issuer = content.issuer;
    checked.content = std::move(content);
  }
  MIBUN_CHECK(crypto::check_names_issuer(receipt.signer, issuer));
  return checked;
}

}  // namespace mibun::receipt
