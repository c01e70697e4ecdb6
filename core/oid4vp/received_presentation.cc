#include "core/oid4vp/received_presentation.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/dcql/authority_key_id.h"
#include "core/mdoc/wire.h"
#include "core/oid4vp/asked_claims.h"
#include "core/oid4vp/transcript.h"
#include "core/receipt/consent_proof.h"

namespace mibun::oid4vp {
namespace {

constexpr seconds kKeyBindingAgeMax{300};

std::unexpected<Error> other_consent(std::string where) {
  return fail(ErrorCode::oid4vp_consent_mismatch, std::move(where), "the holder signed another consent");
}

// The transcript is made here from what we asked; nothing of it arrives in the answer (threat V6).
mdoc::SessionTranscript transcript_of(const ExpectedResponse& expected) {
  const jose::Jwk key(expected.decryption_key.public_key());
  return make_transcript(expected.client_id, expected.nonce, expected.response_uri,
                         is_encrypted(expected.mode) ? &key : nullptr);
}

std::vector<dcql::ClaimPath> elements_of(const mdoc::VerifiedDocument& document) {
  std::vector<dcql::ClaimPath> paths;
  for (const mdoc::IssuerNameSpace& name_space : document.name_spaces()) {
    for (const mdoc::IssuerSignedItem& item : name_space.items) {
      paths.emplace_back(std::vector<sd_jwt::PathStep>{std::string(name_space.name), std::string(item.identifier)});
    }
  }
  return paths;
}

std::vector<std::string> authorities_of(const mdoc::VerifiedDocument& document) {
  std::vector<Bytes> chain;
  for (const BytesView member : document.document().issuer_signed.issuer_auth.unverified_headers().x5chain) {
    chain.push_back(to_bytes(member));
  }
  return dcql::authority_key_ids(chain);
}

// Of the types that were asked for, those that it says it is of.
std::vector<std::string> stated_types(const std::vector<std::string>& asked,
                                      const sd_jwt::VerifiedPresentation& presentation) {
  std::vector<std::string> stated;
  std::ranges::copy_if(asked, std::back_inserter(stated), [&](const std::string& type) {
    const std::vector<std::string>& others = presentation.aka_vcts();
    return type == presentation.vct() || std::ranges::find(others, type) != others.end();
  });
  return stated;
}

const json::Value* consent_claim(const sd_jwt::VerifiedPresentation& presentation) {
  return presentation.key_binding_payload().if_contains(kConsentHashClaim);
}

}  // namespace

std::vector<dcql::ClaimPath> asked_paths(const dcql::CredentialQuery& credential) {
  std::vector<dcql::ClaimPath> paths;
  for (const dcql::ClaimQuery& claim : credential.claims) paths.push_back(claim.path);
  return paths;
}

Result<ReceivedPresentation> ReceivedPresentation::verify(Place place, std::string_view text,
                                                          std::optional<std::string> proof,
                                                          const ExpectedResponse& expected,
                                                          const ResponsePolicy& policy, Instant now) {
  const dcql::CredentialQuery& credential = *expected.query.find(place.id);
  if (const auto* meta = std::get_if<dcql::SdJwtMeta>(&credential.meta)) {
    MIBUN_TRY(auto verified,
              sd_jwt::verify_presentation(
                  text, {policy.issuers.anchors(), meta->vct_values},
                  {.audience = expected.client_id, .nonce = expected.nonce, .iat_past_max = kKeyBindingAgeMax}, now));
    MIBUN_TRY(auto believed, policy.issuers.find(stated_types(meta->vct_values, verified), verified.issuer_chain(),
                                                 verified.issuer(), now));
    return ReceivedPresentation(std::move(place), std::move(verified), std::move(believed));
  }
  const auto* meta = std::get_if<dcql::MdocMeta>(&credential.meta);
  if (meta == nullptr || !meta->doctype_value) return fail(ErrorCode::dcql_unsupported_format, place.id);
  MIBUN_TRY(Mdoc verified, verify_mdoc(text, std::move(proof), *meta->doctype_value, expected, policy, now));
  MIBUN_TRY(
      auto believed,
      policy.iaca.find(std::array{*meta->doctype_value},
                       verified.document().document().issuer_signed.issuer_auth.unverified_headers().x5chain, now));
  return ReceivedPresentation(std::move(place), std::move(verified), std::move(believed));
}

Result<ReceivedPresentation::Mdoc> ReceivedPresentation::verify_mdoc(std::string_view text,
                                                                     std::optional<std::string> proof,
                                                                     std::string_view doc_type,
                                                                     const ExpectedResponse& expected,
                                                                     const ResponsePolicy& policy, Instant now) {
  MIBUN_TRY(Bytes bytes, mdoc::from_wire(text));
  std::string sha256 = base64url::encode(crypto::sha256(bytes));
  const mdoc::VerifierPolicy verifier{
      .issuer = {.anchors = policy.iaca.anchors(), .doc_types = {std::string(doc_type)}}};
  MIBUN_TRY(auto response, mdoc::verify_device_response(std::move(bytes), verifier, transcript_of(expected), now));
  MIBUN_TRY(json::Object claims, mdoc::claims_of(response.documents().front().name_spaces()));
  return Mdoc{std::move(response), std::move(claims), std::move(sha256), std::move(proof)};
}

const json::Object& ReceivedPresentation::claims() const {
  return sd_jwt() != nullptr ? sd_jwt()->claims() : mdoc().claims;
}

Result<dcql::Presented> ReceivedPresentation::as_presented(const dcql::CredentialQuery& credential) const {
  dcql::Presented presented;
  presented.card.format = credential.format;
  presented.card.holder_bound = true;
  presented.card.claims = &claims();
  if (sd_jwt() == nullptr) {
    presented.card.types = {std::string(mdoc().document().doc_type())};
    presented.card.authority_key_ids = authorities_of(mdoc().document());
    presented.credential = as_text(mdoc().document().document().issuer_signed.issuer_auth_bytes);
    return presented;
  }
  presented.card.types = dcql::sd_jwt_types(claims());
  presented.credential = sd_jwt()->issuer_jwt();
  // Needed only when the query names authorities; the chain was verified before.
  if (!credential.trusted_authorities.empty()) {
    presented.card.authority_key_ids = dcql::authority_key_ids(sd_jwt()->issuer_chain().members());
  }
  // With claim sets not everything that the query names may be shown at once.
  const auto harmless = credential.claim_sets.empty() ? asked_paths(credential) : std::vector<dcql::ClaimPath>{};
  MIBUN_TRY(presented.disclosed, disclosed_unless_asked(harmless));
  return presented;
}

Result<std::vector<dcql::ClaimPath>> ReceivedPresentation::disclosed_unless_asked(
    const std::vector<dcql::ClaimPath>& asked) const {
  if (sd_jwt() != nullptr) return oid4vp::disclosed_unless_asked(*sd_jwt(), asked);
  return elements_of(mdoc().document());
}

Status ReceivedPresentation::check_consent(std::string_view hash, const ExpectedResponse& expected, Instant now) const {
  if (sd_jwt() != nullptr) {
    const json::Value* claim = consent_claim(*sd_jwt());
    const bool same = claim != nullptr && claim->is_string() && std::string_view(claim->get_string()) == hash;
    return same ? Status{} : other_consent(where());
  }
  if (!mdoc().consent_proof) return other_consent(where());
  const receipt::ConsentProof proof{expected.client_id, expected.nonce, mdoc().sha256, std::string(hash)};
  const Status checked =
      receipt::check_consent_proof(*mdoc().consent_proof, mdoc().document().device_key(), proof, now, where());
  return checked ? Status{} : other_consent(checked.error().where);
}

bool ReceivedPresentation::hints_at_consent() const {
  return sd_jwt() != nullptr ? consent_claim(*sd_jwt()) != nullptr : mdoc().consent_proof.has_value();
}

Result<std::optional<status_list::StatusReference>> ReceivedPresentation::status() const {
  if (sd_jwt() != nullptr) {
    const auto& status = sd_jwt()->status();
    if (!status) return std::nullopt;
    return status_list::StatusReference{status->uri, status->index, sd_jwt()->issuer()};
  }
  const auto& status = mdoc().document().status();
  if (!status) return std::nullopt;
  if (!status->status_list) return fail(ErrorCode::status_list_unavailable, where(), "a status that is no status list");
  // An MSO names no issuer: its list must be signed below the same authority (StatusTokenPolicy::issuers).
  return status_list::StatusReference{std::string(status->status_list->uri), status->status_list->index, std::nullopt};
}

std::optional<Instant> ReceivedPresentation::expires() const {
  if (sd_jwt() != nullptr) return sd_jwt()->expires();
  return mdoc().document().validity().valid_until;
}

PresentedCredential ReceivedPresentation::result(const dcql::CredentialQuery& credential) const {
  const sd_jwt::VerifiedPresentation* vc = sd_jwt();
  return {.format = credential.format,
          .type = believed_.type,
          .issuer = vc != nullptr ? vc->issuer() : mdoc().document().document_signer().subject(),
          .claims = pick_claims(claims(), asked_paths(credential)),
          .expires_at = expires()};
}

void ReceivedPresentation::add_evidence(VerifiedResponse& response) const {
  if (sd_jwt() != nullptr) {
    const json::Value* sd_hash = sd_jwt()->key_binding_payload().if_contains("sd_hash");
    MIBUN_INVARIANT(sd_hash != nullptr && sd_hash->is_string());  // verify_presentation compared it
    response.evidence.push_back({.credential_id = id(),
                                 .issuer_jwt = std::string(sd_jwt()->issuer_jwt()),
                                 .kb_jwt = std::string(sd_jwt()->kb_jwt()),
                                 .presentation_sha256 = std::string(sd_hash->get_string())});
  } else if (mdoc().consent_proof) {
    const Bytes issued = mdoc::without_elements(mdoc().document().document().issuer_signed);
    response.mdoc_evidence.push_back({.credential_id = id(),
                                      .issuer_signed = mdoc::to_wire(issued),
                                      .consent_proof = *mdoc().consent_proof,
                                      .presentation_sha256 = mdoc().sha256});
  }
}

}  // namespace mibun::oid4vp
