#include "core/dcql/match.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/dcql/select.h"

namespace mibun::dcql {
namespace {

bool same_type(const CredentialQuery& query, const Card& card) {
  const auto is_one_of = [&](const std::vector<std::string>& wanted) {
    return wanted.empty() || std::ranges::find_first_of(card.types, wanted) != card.types.end();
  };
  if (const auto* sd_jwt = std::get_if<SdJwtMeta>(&query.meta)) return is_one_of(sd_jwt->vct_values);
  if (const auto* mdoc = std::get_if<MdocMeta>(&query.meta)) {
    return !mdoc->doctype_value || is_one_of({*mdoc->doctype_value});
  }
  return false;
}

bool has_trusted_authority(const CredentialQuery& query, const Card& card) {
  if (query.trusted_authorities.empty()) return true;
  return std::ranges::any_of(query.trusted_authorities, [&](const TrustedAuthority& authority) {
    return authority.type == "aki" &&
           std::ranges::find_first_of(authority.values, card.authority_key_ids) != authority.values.end();
  });
}

void add_once(std::vector<ClaimPath>& paths, const ClaimPath& path) {
  if (std::ranges::find(paths, path) == paths.end()) paths.push_back(path);
}

// What each claim query points to in a card, worked out once for all claim sets.
std::vector<std::vector<Selected>> select_all(const CredentialQuery& query, const Card& card) {
  std::vector<std::vector<Selected>> selected;
  for (const ClaimQuery& claim : query.claims) {
    selected.push_back(with_wanted_values(select(*card.claims, claim.path), claim));
  }
  return selected;
}

std::vector<Choice> choices_of(const CredentialQuery& query, const std::vector<std::vector<Selected>>& selected) {
  std::vector<Choice> choices;
  for (const std::vector<std::size_t>& claim_set : claim_alternatives(query)) {
    if (std::ranges::any_of(claim_set, [&](std::size_t claim) { return selected[claim].empty(); })) continue;
    Choice& choice = choices.emplace_back();
    for (const std::size_t claim : claim_set) {
      add_once(choice.asked, query.claims[claim].path);
      for (const Selected& one : selected[claim]) add_once(choice.disclosed, one.path);
    }
  }
  return choices;
}

// Of the claim set that lacks least.
std::vector<ClaimPath> missing_claims(const CredentialQuery& query,
                                      const std::vector<std::vector<Selected>>& selected) {
  std::optional<std::vector<ClaimPath>> least;
  for (const std::vector<std::size_t>& claim_set : claim_alternatives(query)) {
    std::vector<ClaimPath> missing;
    for (const std::size_t claim : claim_set) {
      if (selected[claim].empty()) add_once(missing, query.claims[claim].path);
    }
    if (!least || missing.size() < least->size()) least = std::move(missing);
  }
  return std::move(*least);
}

void note_obstacle(Candidates& result, Obstacle obstacle, std::vector<ClaimPath> missing) {
  const bool closer =
      obstacle > result.obstacle || (obstacle == result.obstacle && missing.size() < result.missing.size());
  if (!closer) return;
  result.obstacle = obstacle;
  result.missing = std::move(missing);
}

Candidates candidates_for(const CredentialQuery& query, const std::vector<Card>& cards) {
  Candidates result{.credential_id = query.id, .candidates = {}, .obstacle = Obstacle::no_such_card, .missing = {}};
  for (std::size_t i = 0; i < cards.size(); ++i) {
    if (const Obstacle obstacle = compare_kind(query, cards[i]); obstacle != Obstacle::none) {
      note_obstacle(result, obstacle, {});
      continue;
    }
    const auto selected = select_all(query, cards[i]);
    std::vector<Choice> choices = choices_of(query, selected);
    if (choices.empty()) {
      note_obstacle(result, Obstacle::claims_missing, missing_claims(query, selected));
    } else {
      result.candidates.push_back({i, std::move(choices)});
    }
  }
  if (!result.candidates.empty()) {
    result.obstacle = Obstacle::none;
    result.missing.clear();
  }
  std::ranges::sort(result.candidates, {}, [](const Candidate& candidate) {
    return std::pair(candidate.choices.front().disclosed.size(), candidate.card);
  });
  return result;
}

// Places of the credential queries to answer; nullopt when a required one cannot be.
std::optional<std::set<std::size_t>> credentials_to_answer(const Query& query,
                                                           const std::vector<Candidates>& candidates) {
  const auto answerable = [&](std::size_t credential) { return !candidates[credential].candidates.empty(); };
  std::set<std::size_t> chosen;
  if (query.credential_sets().empty()) {
    for (std::size_t i = 0; i < candidates.size(); ++i) chosen.insert(i);
    if (!std::ranges::all_of(chosen, answerable)) return std::nullopt;
    return chosen;
  }
  for (const CredentialSet& set : query.credential_sets()) {
    if (!set.required) continue;
    const auto option = std::ranges::find_if(
        set.options, [&](const auto& credentials) { return std::ranges::all_of(credentials, answerable); });
    if (option == set.options.end()) return std::nullopt;
    chosen.insert(option->begin(), option->end());
  }
  return chosen;
}

bool asks_known_format(const Query& query) {
  return std::ranges::any_of(query.credentials(), [](const CredentialQuery& credential) {
    return !std::holds_alternative<UnknownMeta>(credential.meta);
  });
}

}  // namespace

std::size_t Candidate::least_revealing() const {
  const auto fewest =
      std::ranges::min_element(choices, {}, [](const Choice& choice) { return choice.disclosed.size(); });
  return static_cast<std::size_t>(fewest - choices.begin());
}

Obstacle compare_kind(const CredentialQuery& query, const Card& card) {
  if (query.format != card.format || !same_type(query, card)) return Obstacle::no_such_card;
  if (!has_trusted_authority(query, card)) return Obstacle::not_trusted_authority;
  if (query.require_holder_binding && !card.holder_bound) return Obstacle::not_holder_bound;
  return Obstacle::none;
}

std::vector<Candidates> find_candidates(const Query& query, const std::vector<Card>& cards) {
  std::vector<Candidates> result;
  for (const CredentialQuery& credential : query.credentials()) result.push_back(candidates_for(credential, cards));
  return result;
}

Result<std::vector<Selection>> select_cards(const Query& query, const std::vector<Candidates>& candidates) {
  MIBUN_INVARIANT(candidates.size() == query.credentials().size());
  if (!asks_known_format(query)) {
    return fail(ErrorCode::dcql_unsupported_format, "dcql_query.credentials", "no format asked for is known here");
  }
  const auto chosen = credentials_to_answer(query, candidates);
  // Only optional sets: an empty answer is no answer.
  if (!chosen || chosen->empty()) {
    return fail(ErrorCode::dcql_not_satisfied, "dcql_query", "no set of cards answers the query");
  }
  std::vector<Selection> selections;
  for (const std::size_t credential : *chosen) {
    const Candidate& candidate = candidates[credential].candidates.front();
    selections.push_back({credential, candidate.card, candidate.choices.front()});
  }
  return selections;
}

}  // namespace mibun::dcql
