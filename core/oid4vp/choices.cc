#include "core/oid4vp/choices.h"

#include <algorithm>
#include <utility>

#include "core/dcql/select.h"

namespace mibun::oid4vp {
namespace {

bool has(std::span<const std::string> ids, const std::string& id) {
  return std::ranges::find(ids, id) != ids.end();
}

bool is_among(const std::vector<dcql::Selection>& selections, const dcql::Pick& pick) {
  return std::ranges::any_of(selections, [&](const dcql::Selection& one) {
    return one.credential == pick.credential && one.card == pick.card && one.claim_set == pick.claim_set;
  });
}

AskedCredential offer_of(const AskedOf& asked, const std::vector<dcql::Selection>& proposed, std::size_t credential) {
  AskedCredential offer{.credential_id = asked.query.credentials()[credential].id, .cards = {}};
  for (const dcql::Pick& pick : dcql::ways_to_answer(asked.query, asked.as_dcql, asked.candidates, credential)) {
    auto card = std::ranges::find(offer.cards, pick.card, &CardOffer::card);
    if (card == offer.cards.end()) card = offer.cards.insert(card, CardOffer{.card = pick.card, .ways = {}});
    if (card->ways.size() >= kWaysMax && !is_among(proposed, pick)) continue;
    const auto shown = dcql::look_at(asked.query, asked.as_dcql, pick);
    MIBUN_INVARIANT(shown.has_value());  // a candidate answers with the claim sets that it satisfies
    card->ways.push_back(as_asked(*shown, asked.query, *asked.cards[pick.card]));
  }
  return offer;
}

std::vector<std::string> ids_of(const dcql::Query& query, const std::vector<std::size_t>& places) {
  std::vector<std::string> ids;
  for (const std::size_t place : places) ids.push_back(query.credentials()[place].id);
  return ids;
}

bool is_within(const std::vector<std::string>& option, std::span<const std::string> ids) {
  return std::ranges::all_of(option, [&](const std::string& id) { return has(ids, id); });
}

// The options that can be answered whole, of each set; a query without sets asks for everything.
std::vector<AskedSet> whole_sets(const AskedOf& asked) {
  std::vector<AskedSet> sets;
  for (const dcql::SetOffer& offer : dcql::offered_sets(asked.query, asked.candidates)) {
    AskedSet& set = sets.emplace_back(AskedSet{.required = offer.required, .options = {}, .proposed = {}});
    const auto& options = asked.query.credential_sets()[offer.set].options;
    for (const std::size_t option : offer.options) set.options.push_back(ids_of(asked.query, options[option]));
  }
  if (!asked.query.credential_sets().empty()) return sets;
  AskedSet& all = sets.emplace_back();
  std::vector<std::string>& ids = all.options.emplace_back();
  for (const dcql::CredentialQuery& credential : asked.query.credentials()) ids.push_back(credential.id);
  return sets;
}

// Of a required set with a kept credential in its proposed option, the options that have it, too.
void keep(AskedSet& set, std::span<const std::string> kept) {
  const std::vector<std::string> proposed = set.options[*set.proposed];
  std::erase_if(set.options, [&](const std::vector<std::string>& option) {
    return std::ranges::any_of(proposed, [&](const std::string& id) { return has(kept, id) && !has(option, id); });
  });
  set.proposed = static_cast<std::size_t>(std::ranges::find(set.options, proposed) - set.options.begin());
}

}  // namespace

AskedCard as_asked(const dcql::Selection& selection, const dcql::Query& query, const HeldCard& card) {
  AskedCard asked{.credential_id = query.credentials()[selection.credential].id,
                  .card = selection.card,
                  .way = selection.claim_set,
                  .format = std::string(card.format()),
                  .type = std::string(card.type()),
                  .claims = {}};
  for (const dcql::ClaimPath& path : selection.choice.disclosed) {
    for (const dcql::Selected& found : dcql::select(card.claims(), path)) {
      asked.claims.push_back({found.path, json::Value(*found.value, json::StoragePtr{})});
    }
  }
  return asked;
}

Choices find_choices(const AskedOf& asked, const std::vector<dcql::Selection>& proposed,
                     std::span<const std::string> kept) {
  std::vector<std::string> proposed_ids;
  for (const dcql::Selection& selection : proposed) {
    proposed_ids.push_back(asked.query.credentials()[selection.credential].id);
  }
  Choices choices;
  for (AskedSet& set : whole_sets(asked)) {
    if (set.options.empty()) continue;  // an optional one that nothing here answers
    if (set.required) {
      const auto first =
          std::ranges::find_if(set.options, [&](const auto& ids) { return is_within(ids, proposed_ids); });
      MIBUN_INVARIANT(first != set.options.end());  // a proposal answers each required set
      set.proposed = static_cast<std::size_t>(first - set.options.begin());
      keep(set, kept);
    }
    choices.sets.push_back(std::move(set));
  }
  for (std::size_t i = 0; i < asked.query.credentials().size(); ++i) {
    const std::string& id = asked.query.credentials()[i].id;
    const bool in_an_option = std::ranges::any_of(choices.sets, [&](const AskedSet& set) {
      return std::ranges::any_of(set.options, [&](const auto& option) { return has(option, id); });
    });
    if (in_an_option) choices.credentials.push_back(offer_of(asked, proposed, i));
  }
  return choices;
}

Result<std::vector<dcql::Pick>> picks_of(const HolderChoice& choice, const dcql::Query& query) {
  std::vector<dcql::Pick> picks;
  for (std::size_t i = 0; i < choice.size(); ++i) {
    const auto& all = query.credentials();
    const auto found = std::ranges::find(all, choice[i].credential_id, &dcql::CredentialQuery::id);
    if (found == all.end()) {
      return fail(ErrorCode::dcql_bad_selection, "choice[" + std::to_string(i) + "]", "nothing like that is asked for");
    }
    picks.push_back({.credential = static_cast<std::size_t>(found - all.begin()),
                     .card = choice[i].card,
                     .claim_set = choice[i].way});
  }
  return picks;
}

Status check_registered(const Registration& registration, const dcql::Query& query,
                        std::span<const dcql::Selection> selections) {
  const std::vector<dcql::RequestedClaims> all = dcql::requested_paths(query);
  for (const dcql::Selection& selection : selections) {
    dcql::RequestedClaims chosen = all[selection.credential];
    chosen.paths = selection.choice.asked;
    MIBUN_CHECK(registration.allows(chosen));
  }
  return {};
}

}  // namespace mibun::oid4vp
