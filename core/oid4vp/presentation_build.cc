#include "core/oid4vp/presentation_build.h"

#include <utility>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "core/mdoc/wire.h"
#include "core/oid4vp/consent.h"
#include "core/oid4vp/transcript.h"
#include "core/receipt/consent_proof.h"

namespace mibun::oid4vp {
namespace {

// `claims`: what the holder signs beside the protocol's own.
Result<std::string> present_sd_jwt(const sd_jwt::HeldCredential& card, const dcql::Choice& choice,
                                   const VerifiedRequest& request, json::Object claims,
                                   const crypto::P256Signer& signer, Instant now) {
  const sd_jwt::KeyBinding key_binding{
      .audience = request.audience(), .nonce = request.nonce(), .iat = now, .extra_claims = std::move(claims)};
  return card.present(choice.disclosed, key_binding, signer);
}

// A claims path of an mdoc is [name space, element]: OpenID4VP 1.0, section 7.2.
std::vector<mdoc::ElementName> element_names(const std::vector<dcql::ClaimPath>& paths) {
  std::vector<mdoc::ElementName> names;
  for (const dcql::ClaimPath& path : paths) {
    MIBUN_INVARIANT(path.steps().size() == 2);  // dcql::Query::parse looked
    names.push_back({std::get<std::string>(path.steps()[0]), std::get<std::string>(path.steps()[1])});
  }
  return names;
}

Result<Bytes> present_mdoc(const mdoc::HeldMdoc& card, const dcql::Choice& choice, const VerifiedRequest& request,
                           const crypto::P256Signer& signer) {
  const jose::Jwk* const key = request.response_key() ? &request.response_key()->key : nullptr;
  const auto transcript = make_transcript(request.audience(), request.nonce(), request.response_uri(), key);
  return card.present(element_names(choice.disclosed), transcript, mdoc::SignWith{signer});
}

Result<std::string> prove_consent(const VerifiedRequest& request, std::string_view consent_text, BytesView presentation,
                                  const crypto::P256Signer& signer, Instant now) {
  return receipt::sign_consent_proof({.audience = request.audience(),
                                      .nonce = request.nonce(),
                                      .presentation_sha256 = base64url::encode(crypto::sha256(presentation)),
                                      .consent_hash = consent_hash(consent_text)},
                                     signer, now);
}

}  // namespace

Result<ResponseContents> make_presentations(const PresentationParts& parts, std::string consent_text, Instant now) {
  ResponseContents contents;
  for (const dcql::Selection& selection : parts.selections) {
    const std::string& id = parts.request.query().credentials()[selection.credential].id;
    const HeldCard& card = *parts.cards[selection.card];
    MIBUN_TRY(const auto signer, parts.box.signer(card));
    if (card.sd_jwt() != nullptr) {
      json::Object claims = transaction_claims(parts.request.transaction_data(), parts.authorizing, id);
      claims[kConsentHashClaim] = consent_hash(consent_text);
      MIBUN_TRY(std::string text,
                present_sd_jwt(*card.sd_jwt(), selection.choice, parts.request, std::move(claims), *signer, now));
      contents.vp_token[id].push_back(std::move(text));
      continue;
    }
    MIBUN_TRY(const Bytes response, present_mdoc(*card.mdoc(), selection.choice, parts.request, *signer));
    MIBUN_TRY(std::string proof, prove_consent(parts.request, consent_text, response, *signer, now));
    contents.vp_token[id].push_back(mdoc::to_wire(response));
    contents.consent_proofs[id].push_back(std::move(proof));
  }
  contents.consent = std::move(consent_text);
  return contents;
}

}  // namespace mibun::oid4vp
