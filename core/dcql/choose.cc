#include "core/dcql/choose.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/dcql/credential_sets.h"
#include "core/dcql/least_revealing.h"
#include "core/dcql/select.h"

namespace mibun::dcql {
namespace {

// Enough for whoever asks in earnest; of more the least preferred are not looked at.
constexpr std::size_t kCombinationsMax = 64;

std::unexpected<Error> not_satisfied(std::string where) {
  return fail(ErrorCode::dcql_not_satisfied, std::move(where), "a required credential is missing");
}

std::unexpected<Error> bad_selection(std::size_t index, std::string detail) {
  return fail(ErrorCode::dcql_bad_selection, "selection[" + std::to_string(index) + "]", std::move(detail));
}

bool asks_known_format(const Query& query) {
  return std::ranges::any_of(query.credentials(), [](const CredentialQuery& credential) {
    return !std::holds_alternative<UnknownMeta>(credential.meta);
  });
}

CredentialMask answerable(const std::vector<Candidates>& candidates) {
  CredentialMask mask = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (!candidates[i].candidates.empty()) mask |= mask_of(i);
  }
  return mask;
}

std::vector<Pick> preferred_picks(CredentialMask combination, const std::vector<Candidates>& candidates) {
  std::vector<Pick> picks;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if ((combination & mask_of(i)) == 0) continue;
    const Candidate& candidate = candidates[i].candidates.front();
    picks.push_back({.credential = i, .card = candidate.card, .claim_set = candidate.preferred()});
  }
  return picks;
}

Choice make_choice(const CredentialQuery& query, const Card& card, std::size_t claim_set) {
  Choice choice;
  std::vector<const json::Value*> disclosed;  // in order: a null in a path may name a thousand elements
  const auto alternatives = claim_alternatives(query);
  for (const std::size_t place : alternatives[claim_set]) {
    const ClaimQuery& claim = query.claims[place];
    choice.asked.push_back(claim.path);
    if (claim.intent_to_retain.value_or(false)) choice.retained.push_back(claim.path);
    for (Selected& one : with_wanted_values(select(*card.claims, claim.path), claim)) {
      const auto at = std::ranges::lower_bound(disclosed, one.value, std::less<>{});
      if (at != disclosed.end() && *at == one.value) continue;
      disclosed.insert(at, one.value);
      choice.disclosed.push_back(std::move(one.path));
    }
  }
  return choice;
}

Selection selection_of(const Query& query, std::span<const Card> cards, const Pick& pick) {
  return {.credential = pick.credential,
          .card = pick.card,
          .claim_set = pick.claim_set,
          .choice = make_choice(query.credentials()[pick.credential], cards[pick.card], pick.claim_set)};
}

// One pick by itself; what came before it only for repetitions.
Status check_pick(const Query& query, std::span<const Card> cards, std::span<const Pick> picks, std::size_t index) {
  const Pick& pick = picks[index];
  if (pick.credential >= query.credentials().size() || pick.card >= cards.size()) {
    return bad_selection(index, "there is no such credential query or card");
  }
  const CredentialQuery& credential = query.credentials()[pick.credential];
  const std::uint64_t satisfied = satisfied_claim_sets(credential, cards[pick.card]);
  if (!Candidate{.card = pick.card, .claim_sets = satisfied, .revealed = 0}.satisfies(pick.claim_set)) {
    return bad_selection(index, "the card does not answer with these claims");
  }
  for (const Pick& earlier : picks.first(index)) {
    if (earlier.credential != pick.credential) continue;
    if (!credential.multiple) return bad_selection(index, "one card is due here");
    if (earlier.card == pick.card) return bad_selection(index, "the card was chosen already");
  }
  return {};
}

}  // namespace

Result<std::vector<Pick>> propose(const Query& query, std::span<const Card> cards,
                                  const std::vector<Candidates>& candidates, const Preference& preference) {
  MIBUN_INVARIANT(candidates.size() == query.credentials().size());
  if (!asks_known_format(query)) {
    return fail(ErrorCode::dcql_unsupported_format, "dcql_query.credentials", "no format asked for is known here");
  }
  const auto combinations = required_combinations(query, answerable(candidates), kCombinationsMax);
  if (combinations.empty()) return not_satisfied("dcql_query");
  if (preference.order == Preference::Order::verifier) return preferred_picks(combinations.front(), candidates);
  return least_revealing_picks(query, cards, candidates, combinations, preference.sensitivity);
}

std::vector<SetOffer> offered_sets(const Query& query, const std::vector<Candidates>& candidates) {
  MIBUN_INVARIANT(candidates.size() == query.credentials().size());
  const CredentialMask available = answerable(candidates);
  std::vector<SetOffer> offers;
  for (std::size_t i = 0; i < query.credential_sets().size(); ++i) {
    const CredentialSet& set = query.credential_sets()[i];
    SetOffer& offer = offers.emplace_back(SetOffer{.set = i, .required = set.required, .options = {}});
    for (std::size_t option = 0; option < set.options.size(); ++option) {
      const bool whole = std::ranges::all_of(
          set.options[option], [&](std::size_t credential) { return (available & mask_of(credential)) != 0; });
      if (whole) offer.options.push_back(option);
    }
  }
  return offers;
}

std::vector<Pick> ways_to_answer(const Query& query, std::span<const Card> cards,
                                 const std::vector<Candidates>& candidates, std::size_t credential) {
  MIBUN_INVARIANT(candidates.size() == query.credentials().size() && credential < candidates.size());
  return sorted_ways(query, cards, candidates, credential);
}

Result<Selection> look_at(const Query& query, std::span<const Card> cards, const Pick& pick) {
  MIBUN_CHECK(check_pick(query, cards, {&pick, 1}, 0));
  return selection_of(query, cards, pick);
}

Result<std::vector<Selection>> check_selection(const Query& query, std::span<const Card> cards,
                                               std::span<const Pick> picks) {
  CredentialMask answered = 0;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    MIBUN_CHECK(check_pick(query, cards, picks, i));
    answered |= mask_of(picks[i].credential);
  }
  const auto needed = needed_credentials(query, answered);
  if (!needed || picks.empty()) return not_satisfied("selection");  // an empty answer is no answer
  std::vector<Selection> selections;
  for (std::size_t i = 0; i < picks.size(); ++i) {
    const Pick& pick = picks[i];
    if ((*needed & mask_of(pick.credential)) == 0) return bad_selection(i, "no option needs this credential");
    selections.push_back(selection_of(query, cards, pick));
  }
  return selections;
}

Result<std::vector<Selection>> select_cards(const Query& query, std::span<const Card> cards,
                                            const std::vector<Candidates>& candidates) {
  MIBUN_TRY(const std::vector<Pick> picks, propose(query, cards, candidates));
  return check_selection(query, cards, picks);
}

}  // namespace mibun::dcql
