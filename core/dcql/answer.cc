#include "core/dcql/answer.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "core/dcql/credential_sets.h"
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

// Every element of an mdoc is shown by choice.
std::vector<ClaimPath> mdoc_elements(const json::Object& claims) {
  std::vector<ClaimPath> paths;
  for (const auto& name_space : claims) {
    const json::Object* elements = name_space.value().if_object();
    if (elements == nullptr) continue;
    for (const auto& element : *elements) {
      paths.push_back(ClaimPath({std::string(name_space.key()), std::string(element.key())}));
    }
  }
  return paths;
}

// What a presentation reveals beyond the claim set that it answers best; nullopt when it answers none.
std::optional<std::vector<ClaimPath>> excess_claims(const CredentialQuery& query, const Presented& presented) {
  std::vector<bool> has_claim;
  std::vector<const json::Value*> values;
  for (const ClaimQuery& claim : query.claims) {
    values.clear();
    has_claim.push_back(append_wanted(*presented.card.claims, claim, Reading::presentation, values) != 0);
  }
  const std::vector<ClaimPath> disclosed =
      presented.card.format == kMdocFormat ? mdoc_elements(*presented.card.claims) : presented.disclosed;
  std::optional<std::vector<ClaimPath>> least;
  for (const std::vector<std::size_t>& claim_set : claim_alternatives(query)) {
    if (!std::ranges::all_of(claim_set, [&](std::size_t claim) { return has_claim[claim]; })) continue;
    std::vector<ClaimPath> excess = beyond(query, claim_set, disclosed);
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
    for (std::size_t i = 0; i < presentations.size(); ++i) {
      const auto earlier = std::span(presentations).first(i);
      if (std::ranges::find(earlier, presentations[i].credential, &Presented::credential) != earlier.end()) {
        return fail(ErrorCode::dcql_answer_unexpected, place(id, i), "the same credential was presented before");
      }
    }
  }
  return {};
}

CredentialMask answered_credentials(const Query& query, const Answer& answer) {
  CredentialMask answered = 0;
  for (std::size_t i = 0; i < query.credentials().size(); ++i) {
    if (answer.contains(query.credentials()[i].id)) answered |= mask_of(i);
  }
  return answered;
}

bool is_needed(const Query& query, CredentialMask needed, const CredentialQuery& credential) {
  const auto place = &credential - query.credentials().data();
  return (needed & mask_of(static_cast<std::size_t>(place))) != 0;
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
  const auto needed = needed_credentials(query, answered_credentials(query, answer));
  if (!needed) return fail(ErrorCode::dcql_not_satisfied, "vp_token", "a required credential is missing");
  if (answer.empty()) return fail(ErrorCode::dcql_not_satisfied, "vp_token", "there is no presentation");
  std::vector<Excess> result;
  for (const auto& [id, presentations] : answer) {
    const CredentialQuery& credential = *query.find(id);
    for (std::size_t i = 0; i < presentations.size(); ++i) {
      MIBUN_TRY(std::vector<ClaimPath> paths,
                check_presented(query, answer, credential, presentations[i], place(id, i)));
      if (!is_needed(query, *needed, credential)) {
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
