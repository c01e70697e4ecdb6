#include "core/dcql/credential_sets.h"

#include <algorithm>
#include <bit>

namespace mibun::dcql {
namespace {

constexpr std::size_t kCombinationsMax = 256;

CredentialMask all_of(const Query& query) {
  return static_cast<CredentialMask>((std::uint64_t{1} << query.credentials().size()) - 1);
}

// The options of a set that can be answered whole, in the query's order.
std::vector<CredentialMask> whole_options(const CredentialSet& set, CredentialMask available) {
  std::vector<CredentialMask> options;
  for (const std::vector<std::size_t>& option : set.options) {
    CredentialMask mask = 0;
    for (const std::size_t credential : option) mask |= mask_of(credential);
    if ((mask & ~available) == 0) options.push_back(mask);
  }
  return options;
}

// Each of `combinations` with each of `options`, each result once.
std::vector<CredentialMask> combine(const std::vector<CredentialMask>& combinations,
                                    const std::vector<CredentialMask>& options, std::size_t combinations_max) {
  std::vector<CredentialMask> combined;
  for (const CredentialMask combination : combinations) {
    for (const CredentialMask option : options) {
      const CredentialMask both = combination | option;
      if (std::ranges::find(combined, both) != combined.end()) continue;
      combined.push_back(both);
      if (combined.size() == combinations_max) return combined;
    }
  }
  return combined;
}

}  // namespace

std::optional<CredentialMask> needed_credentials(const Query& query, CredentialMask answered) {
  if (query.credential_sets().empty()) {
    return answered == all_of(query) ? std::optional(answered) : std::nullopt;
  }
  std::vector<CredentialMask> needed = {0};
  for (const CredentialSet& set : query.credential_sets()) {
    const std::vector<CredentialMask> options = whole_options(set, answered);
    if (!options.empty()) needed = combine(needed, options, kCombinationsMax);
    if (options.empty() && set.required) return std::nullopt;
  }
  return *std::ranges::max_element(needed, {}, [](CredentialMask mask) { return std::popcount(mask); });
}

std::vector<CredentialMask> required_combinations(const Query& query, CredentialMask answerable,
                                                  std::size_t combinations_max) {
  if (query.credential_sets().empty()) {
    return answerable == all_of(query) ? std::vector{answerable} : std::vector<CredentialMask>{};
  }
  std::vector<CredentialMask> combinations = {0};
  for (const CredentialSet& set : query.credential_sets()) {
    if (set.required) combinations = combine(combinations, whole_options(set, answerable), combinations_max);
  }
  return combinations;
}

}  // namespace mibun::dcql
