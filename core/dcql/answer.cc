#include "core/dcql/answer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/dcql/select.h"

namespace mibun::dcql {
namespace {

std::string place(const std::string& id, std::size_t presentation) {
  return "vp_token." + id + "[" + std::to_string(presentation) + "]";
}

// Asked for, or a parent without which what was asked for cannot be shown. An index is any index here: elements that
// were held back let the others move up.
bool asked_for(const ClaimPath& asked, const ClaimPath& disclosed) {
  const std::size_t steps = std::min(asked.steps().size(), disclosed.steps().size());
  for (std::size_t i = 0; i < steps; ++i) {
    const sd_jwt::PathStep& wanted = asked.steps()[i];
    const sd_jwt::PathStep& step = disclosed.steps()[i];
    const bool both_elements =
        !std::holds_alternative<std::string>(wanted) && !std::holds_alternative<std::string>(step);
    if (!both_elements && wanted != step) return false;
  }
  return true;
}

std::vector<ClaimPath> beyond(const CredentialQuery& query, const std::vector<std::size_t>& claim_set,
                              const std::vector<ClaimPath>& disclosed) {
  std::vector<ClaimPath> excess;
  std::ranges::copy_if(disclosed, std::back_inserter(excess), [&](const ClaimPath& path) {
    return std::ranges::none_of(claim_set,
                                [&](std::size_t claim) { return asked_for(query.claims[claim].path, path); });
  });
  return excess;
}

// What a presentation reveals beyond the claim set that it answers best; nullopt when it answers none.
std::optional<std::vector<ClaimPath>> excess_claims(const CredentialQuery& query, const Presented& presented) {
  std::vector<bool> has_claim;
  for (const ClaimQuery& claim : query.claims) {
    has_claim.push_back(!with_wanted_values(select_from_presented(*presented.card.claims, claim.path), claim).empty());
  }
  std::optional<std::vector<ClaimPath>> least;
  for (const std::vector<std::size_t>& claim_set : claim_alternatives(query)) {
    if (!std::ranges::all_of(claim_set, [&](std::size_t claim) { return has_claim[claim]; })) continue;
    std::vector<ClaimPath> excess = beyond(query, claim_set, presented.disclosed);
    if (!least || excess.size() < least->size()) least = std::move(excess);
  }
  return least;
}

// The same card may be shown for two queries at once, with the claims of both (section 6.4).
void forgive_other_queries(const Query& query, const Answer& answer, const CredentialQuery& own,
                           const Presented& presented, std::vector<ClaimPath>& excess) {
  for (const CredentialQuery& other : query.credentials()) {
    if (&other == &own || !answer.contains(other.id) || compare_kind(other, presented.card) != Obstacle::none) continue;
    std::erase_if(excess, [&](const ClaimPath& path) {
      return std::ranges::any_of(other.claims, [&](const ClaimQuery& claim) { return asked_for(claim.path, path); });
    });
  }
}

Status check_ids_and_counts(const Query& query, const Answer& answer) {
  for (const auto& [id, presentations] : answer) {
    const CredentialQuery* credential = query.find(id);
    if (credential == nullptr)
      return fail(ErrorCode::dcql_answer_unexpected, "vp_token", "an id that was not asked for");
    const bool count_fits = credential->multiple ? !presentations.empty() : presentations.size() == 1;
    if (!count_fits) {
      return fail(ErrorCode::dcql_answer_unexpected, "vp_token." + id, "one presentation is due here");
    }
  }
  return {};
}

// The credential queries that the answer needed; what else it answers is excess.
Result<std::set<std::string, std::less<>>> needed_ids(const Query& query, const Answer& answer) {
  const auto missing = [] {
    return fail(ErrorCode::dcql_not_satisfied, "vp_token", "a required credential is missing");
  };
  const auto id_of = [&](std::size_t credential) -> const std::string& { return query.credentials()[credential].id; };
  const auto answered = [&](std::size_t credential) { return answer.contains(id_of(credential)); };
  std::set<std::string, std::less<>> needed;
  if (query.credential_sets().empty()) {
    for (std::size_t i = 0; i < query.credentials().size(); ++i) {
      if (!answered(i)) return missing();
      needed.insert(id_of(i));
    }
    return needed;
  }
  for (const CredentialSet& set : query.credential_sets()) {
    const auto option = std::ranges::find_if(
        set.options, [&](const auto& credentials) { return std::ranges::all_of(credentials, answered); });
    if (option == set.options.end()) {
      if (set.required) return missing();
      continue;
    }
    for (const std::size_t credential : *option) needed.insert(id_of(credential));
  }
  return needed;
}

Result<std::vector<ClaimPath>> check_presented(const Query& query, const Answer& answer,
                                               const CredentialQuery& credential, const Presented& presented,
                                               const std::string& where) {
  if (compare_kind(credential, presented.card) != Obstacle::none) {
    return fail(ErrorCode::dcql_not_satisfied, where, "the credential is not of the kind asked for");
  }
  auto excess = excess_claims(credential, presented);
  if (!excess) return fail(ErrorCode::dcql_not_satisfied, where, "a claim that was asked for is missing");
  if (!excess->empty()) forgive_other_queries(query, answer, credential, presented, *excess);
  return std::move(*excess);
}

}  // namespace

Result<std::vector<Excess>> check_answer(const Query& query, const Answer& answer, ExcessPolicy policy) {
  MIBUN_CHECK(check_ids_and_counts(query, answer));
  MIBUN_TRY(const auto needed, needed_ids(query, answer));
  if (answer.empty()) return fail(ErrorCode::dcql_not_satisfied, "vp_token", "there is no presentation");
  std::vector<Excess> result;
  for (const auto& [id, presentations] : answer) {
    for (std::size_t i = 0; i < presentations.size(); ++i) {
      MIBUN_TRY(std::vector<ClaimPath> paths,
                check_presented(query, answer, *query.find(id), presentations[i], place(id, i)));
      if (!needed.contains(id)) {
        result.push_back({id, i, {}});
      } else if (!paths.empty()) {
        result.push_back({id, i, std::move(paths)});
      }
    }
  }
  if (policy == ExcessPolicy::refuse && !result.empty()) {
    const Excess& first = result.front();
    return fail(ErrorCode::dcql_answer_too_much, place(first.credential_id, first.presentation),
                "more was revealed than asked for");
  }
  return result;
}

}  // namespace mibun::dcql
