#include "wallet/offered_card.h"

#include <algorithm>

#include "wallet/new_card.h"

namespace mibun::wallet {
namespace {

// A claim that its issuer gave no name is called as every card's is.
Label content_label(const oid4vci::CredentialClaim& claim) {
  const Label known = claim_label(dcql::ClaimPath(std::vector<sd_jwt::PathStep>(claim.path.begin(), claim.path.end())));
  return {display_name(claim.display, "ja", known.ja), display_name(claim.display, "en", known.en)};
}

// An mdoc does not name its issuer's address; who signs for it is known by the names that it was received with.
bool is_of(const Card& card, const std::string& issuer, const CardNames& names) {
  if (card.issuer == issuer) return true;
  return card.format == dcql::kMdocFormat && card.issuer_name_ja == names.issuer_name_ja &&
         card.issuer_name_en == names.issuer_name_en;
}

bool is_good(const Card& card, Instant now) {
  return !card.is_expired(now) && card.status.said != CardStatus::Said::revoked;
}

OfferedCard offered_card(const oid4vci::AskHolder& question, const oid4vci::CredentialConfiguration& configuration,
                         const std::vector<Card>& cards, Instant now) {
  const CardNames names = names_of(configuration, question.issuer_display, question.credential_issuer);
  const bool is_mdoc = configuration.format == oid4vci::CredentialFormat::mso_mdoc;
  const std::string& type = is_mdoc ? configuration.doctype : configuration.vct;
  OfferedCard offered{.configuration_id = configuration.id, .name = {names.name_ja, names.name_en}, .contents = {}};
  for (const oid4vci::CredentialClaim& claim : configuration.claims) offered.contents.push_back(content_label(claim));
  for (const Card& card : cards) {
    if (card.format != oid4vci::to_string(configuration.format) || card.type != type) continue;
    if (is_of(card, question.credential_issuer, names) && is_good(card, now)) ++offered.held;
  }
  return offered;
}

}  // namespace

std::vector<OfferedCard> offered_cards(const oid4vci::AskHolder& question, const std::vector<Card>& cards,
                                       Instant now) {
  std::vector<OfferedCard> all;
  for (const auto& configuration : question.offered) all.push_back(offered_card(question, configuration, cards, now));
  return all;
}

}  // namespace mibun::wallet
