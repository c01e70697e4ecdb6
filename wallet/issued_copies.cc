#include "wallet/issued_copies.h"

#include <set>

#include "core/mdoc/wire.h"
#include "core/sd_jwt/verifier.h"
#include "wallet/trust.h"

namespace mibun::wallet {
namespace {

// What a copy says, without what differs between copies of one card: also not the order, which follows random digests.
std::set<std::string> contents_of(const oid4vp::HeldCard& card) {
  std::set<std::string> contents;
  if (const auto* held = card.sd_jwt()) {
    for (const sd_jwt::HeldClaim& claim : held->list()) {
      contents.insert(claim.path.to_string() + json::serialize(claim.value));
    }
    return contents;
  }
  for (const auto& name_space : card.claims()) {
    for (const auto& element : name_space.value().get_object()) {
      contents.insert(std::string(name_space.key()) + " " + std::string(element.key()) + " " +
                      json::serialize(element.value()));
    }
  }
  return contents;
}

struct Copy {
  oid4vp::HeldCard card;
  std::string issuer;
  std::optional<Instant> expires;
};

Result<Copy> verify_sd_jwt(const std::string& text, const oid4vci::Finished& finished, const TrustList& trust,
                           Instant now) {
  const sd_jwt::IssuerPolicy policy{.anchors = trust.sd_jwt_issuers.anchors(), .vcts = {finished.configuration.vct}};
  MIBUN_TRY(const auto verified, sd_jwt::verify_issued(text, policy, now));
  MIBUN_CHECK(trust.sd_jwt_issuers.find(policy.vcts, verified.issuer_chain(), verified.issuer(), now));
  if (verified.issuer() != finished.credential_issuer) {
    return fail(ErrorCode::sd_jwt_issuer_mismatch, "credential.iss", "another issuer than the one that offered");
  }
  sd_jwt::HeldCredential held(verified);
  std::string issuer = held.issuer();
  const auto expires = held.expires();
  return Copy{oid4vp::HeldCard(std::move(held)), std::move(issuer), expires};
}

Result<Copy> verify_mdoc(const std::string& text, const oid4vci::Finished& finished, const TrustList& trust,
                         const crypto::P256PublicKey& key, Instant now) {
  const mdoc::IssuerPolicy policy{.anchors = trust.mdoc_issuers.anchors(),
                                  .doc_types = {finished.configuration.doctype}};
  MIBUN_TRY(Bytes bytes, mdoc::from_wire(text));
  MIBUN_TRY(auto verified, mdoc::verify_issued(std::move(bytes), policy, crypto::PublicKey(key), now));
  MIBUN_CHECK(trust.mdoc_issuers.find(policy.doc_types, verified->issuer_auth.unverified_headers().x5chain, now));
  std::string issuer = verified.document_signer().organization();
  mdoc::HeldMdoc held(std::move(verified));
  const Instant expires = held.validity().valid_until;
  MIBUN_TRY(oid4vp::HeldCard card, oid4vp::HeldCard::of(std::move(held)));
  return Copy{std::move(card), std::move(issuer), expires};
}

}  // namespace

Result<VerifiedCopies> verify_copies(const Host& host, const oid4vci::Finished& finished) {
  MIBUN_TRY(const TrustList trust, load_trust(host.store));
  const bool is_mdoc = finished.configuration.format == oid4vci::CredentialFormat::mso_mdoc;
  VerifiedCopies copies;
  std::set<std::string, std::less<>> keys;
  for (const oid4vci::IssuedCopy& copy : finished.copies) {
    MIBUN_TRY(const crypto::P256Signer* signer, host.keys.signer(KeyId{copy.key_id}));
    MIBUN_TRY(Copy verified, is_mdoc
                                 ? verify_mdoc(copy.credential, finished, trust, signer->public_key(), host.clock.now())
                                 : verify_sd_jwt(copy.credential, finished, trust, host.clock.now()));
    if (!(verified.card.holder_key() == crypto::PublicKey(signer->public_key()))) {
      return fail(ErrorCode::sd_jwt_holder_key_missing, "credential.cnf", "a copy for a key that is not ours");
    }
    if (!keys.insert(copy.key_id).second) {
      return fail(ErrorCode::sd_jwt_claim_collision, "credential.cnf", "two copies with one key");
    }
    copies.held.push_back(std::move(verified.card));
    if (contents_of(copies.held.back()) != contents_of(copies.held.front())) {
      return fail(ErrorCode::sd_jwt_claim_collision, "credentials", "copies of one card that differ");
    }
    copies.issuer = std::move(verified.issuer);
    copies.expires = verified.expires;
  }
  if (copies.held.empty()) return fail(ErrorCode::oid4vci_response_malformed, "credentials");
  return copies;
}

}  // namespace mibun::wallet
