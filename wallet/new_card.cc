#include "wallet/new_card.h"

#include "core/base/sort.h"
#include "wallet/history.h"
#include "wallet/labels.h"
#include "wallet/made_keys.h"
#include "wallet/provenance.h"

namespace mibun::wallet {
namespace {

// Of an mdoc: by [name space, element].
std::vector<sd_jwt::HeldClaim> elements_of(const oid4vp::HeldCard& card) {
  std::vector<sd_jwt::HeldClaim> claims;
  for (const auto& name_space : card.claims()) {
    for (const auto& element : name_space.value().get_object()) {
      claims.push_back(
          {sd_jwt::ClaimPath({std::string(name_space.key()), std::string(element.key())}), element.value(), true});
    }
  }
  return claims;
}

}  // namespace

Status tidy_up(const Host& host) {
  MIBUN_CHECK(CardStore(host.store, host.keys).sweep());
  MIBUN_TRY(const auto cards, CardStore(host.store, host.keys).list());
  std::vector<std::string> ids;
  for (const Card& card : cards) ids.push_back(card.id);
  MIBUN_CHECK(GrantStore(host).sweep(ids));
  return destroy_left_keys(host);
}

std::string display_name(const std::vector<oid4vci::Display>& displays, std::string_view locale,
                         const std::string& otherwise) {
  const oid4vci::Display* display = oid4vci::choose_display(displays, locale);
  return display != nullptr ? display->name : otherwise;
}

CardNames names_of(const oid4vci::CredentialConfiguration& configuration,
                   const std::vector<oid4vci::Display>& issuer_display, const std::string& issuer) {
  const bool is_mdoc = configuration.format == oid4vci::CredentialFormat::mso_mdoc;
  const std::string& type = is_mdoc ? configuration.doctype : configuration.vct;
  return {.name_ja = display_name(configuration.display, "ja", type),
          .name_en = display_name(configuration.display, "en", type),
          .issuer_name_ja = display_name(issuer_display, "ja", issuer),
          .issuer_name_en = display_name(issuer_display, "en", issuer)};
}

Status record_deed(const Host& host, std::string_view kind, const Card& card) {
  MIBUN_CHECK(HistoryBook(host).record({.kind = std::string(kind),
                                        .partner_ja = card.issuer_name_ja,
                                        .partner_en = card.issuer_name_en,
                                        .cards = {card.id},
                                        .outcome = "done"}));
  return {};
}

std::vector<NewCopy> copies_in(const oid4vci::Finished& finished) {
  std::vector<NewCopy> copies;
  for (const oid4vci::IssuedCopy& copy : finished.copies) copies.push_back({copy.credential, KeyId{copy.key_id}});
  return copies;
}

std::vector<sd_jwt::HeldClaim> preview_claims(const oid4vp::HeldCard& card) {
  std::vector<sd_jwt::HeldClaim> claims;
  if (const auto* held = card.sd_jwt()) {
    claims = held->list();
    std::erase_if(claims, [](const sd_jwt::HeldClaim& claim) { return is_provenance(claim.path); });
  } else {
    claims = elements_of(card);
  }
  sort(claims, {},
       [](const sd_jwt::HeldClaim& claim) { return std::pair(claim_rank(claim.path), claim.path.to_string()); });
  return claims;
}

Result<ReceivedCard> store_card(const Host& host, const std::string& id, const CardNames& names,
                                const oid4vci::Finished& finished, const VerifiedCopies& verified) {
  const oid4vp::HeldCard& first = verified.held.front();
  ReceivedCard received;
  received.claims = preview_claims(first);
  Card& card = received.card;
  card.id = id;
  card.format = first.format();
  card.type = first.type();
  card.issuer = verified.issuer;
  card.name_ja = names.name_ja;
  card.name_en = names.name_en;
  card.issuer_name_ja = names.issuer_name_ja;
  card.issuer_name_en = names.issuer_name_en;
  card.received_at = host.clock.now();
  card.expires_at = verified.expires;
  card.copies = card.copies_left = finished.copies.size();
  MIBUN_CHECK(CardStore(host.store, host.keys).add(card, copies_in(finished)));
  return received;
}

}  // namespace mibun::wallet
