#include "core/dcql/least_revealing.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <optional>
#include <tuple>

#include "core/base/sort.h"
#include "core/dcql/revealed.h"
#include "core/dcql/select.h"

namespace mibun::dcql {
namespace {

struct Revealed {
  const json::Value* value;
  unsigned sensitivity;
};
using RevealedList = std::vector<Revealed>;  // by value's place, each once

bool comes_before(const Revealed& a, const Revealed& b) {
  return std::less<>{}(a.value, b.value);
}

// Both together; a value in both counts once, as the more sensitive one.
RevealedList join(const RevealedList& a, const RevealedList& b) {
  RevealedList joined;
  joined.reserve(a.size() + b.size());
  std::ranges::merge(a, b, std::back_inserter(joined), comes_before);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < joined.size(); ++i) {
    if (kept > 0 && joined[kept - 1].value == joined[i].value) {
      joined[kept - 1].sensitivity = std::max(joined[kept - 1].sensitivity, joined[i].sensitivity);
    } else {
      joined[kept++] = joined[i];
    }
  }
  joined.resize(kept);
  return joined;
}

// Smaller is better: how many, then how sensitive, the highest first.
struct Measure {
  std::size_t count = 0;
  std::vector<unsigned> sensitivities;
  friend auto operator<=>(const Measure&, const Measure&) = default;
};

Measure measure(const RevealedList& list) {
  Measure result{.count = list.size(), .sensitivities = {}};
  for (const Revealed& one : list) result.sensitivities.push_back(one.sensitivity);
  sort(result.sensitivities, std::greater<>{});
  return result;
}

// One way to answer one credential query.
struct Way {
  Pick pick;
  std::size_t candidate = 0;  // place in the candidates, which stand in the wallet's order
  RevealedList revealed;
  Measure measure;
};

// Every way, the least revealing ones first, otherwise in the verifier's order.
std::vector<Way> ways_of(const CredentialQuery& query, std::size_t credential, std::span<const Card> cards,
                         const std::vector<Candidate>& candidates, const Sensitivity& sensitivity) {
  std::vector<unsigned> levels;
  for (const ClaimQuery& claim : query.claims) levels.push_back(sensitivity ? sensitivity(query, claim.path) : 0);
  const auto alternatives = claim_alternatives(query);
  std::vector<Way> ways;
  std::vector<const json::Value*> values, seen;
  for (std::size_t set = 0; set < alternatives.size(); ++set) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const Candidate& candidate = candidates[i];
      if (!candidate.satisfies(set)) continue;
      Way& way = ways.emplace_back();
      way.pick = {.credential = credential, .card = candidate.card, .claim_set = set};
      way.candidate = i;
      for (const std::size_t claim : alternatives[set]) {
        values.clear();
        seen.clear();
        append_wanted(*cards[candidate.card].claims, query.claims[claim], Reading::credential, values);
        for (const json::Value* value : values) append_revealed(*value, seen);
        normalize(seen);
        RevealedList list;
        for (const json::Value* value : seen) list.push_back({value, levels[claim]});
        way.revealed = join(way.revealed, list);
      }
      way.measure = measure(way.revealed);
    }
  }
  sort(ways, [](const Way& a, const Way& b) {
    return std::tie(a.measure, a.pick.claim_set, a.candidate) < std::tie(b.measure, b.pick.claim_set, b.candidate);
  });
  return ways;
}

// Depth first over one way for each credential query; a branch ends where it already shows more than the best answer.
class Search {
 public:
  explicit Search(const std::vector<std::vector<Way>>& ways) : ways_(ways) {}

  void run(CredentialMask combination) {
    picks_.clear();
    descend(combination, 0, {});
  }
  const std::vector<Pick>& best() const { return best_picks_; }

 private:
  // As deep as there are credential queries, kCredentialQueriesMax.
  void descend(CredentialMask combination, std::size_t credential, const RevealedList& revealed) {
    while (credential < ways_.size() && (combination & mask_of(credential)) == 0) ++credential;
    if (credential == ways_.size()) {
      keep(revealed);
      return;
    }
    for (const Way& way : ways_[credential]) {
      if (best_ && ++steps_ > Preference::kStepsMax) return;
      const RevealedList more = join(revealed, way.revealed);
      if (best_ && more.size() > best_->count) continue;
      picks_.push_back(way.pick);
      descend(combination, credential + 1, more);
      picks_.pop_back();
    }
  }

  void keep(const RevealedList& revealed) {
    Measure found = measure(revealed);
    if (best_ && !(found < *best_)) return;
    best_ = std::move(found);
    best_picks_ = picks_;
  }

  const std::vector<std::vector<Way>>& ways_;  // of each credential query
  std::vector<Pick> picks_, best_picks_;
  std::optional<Measure> best_;
  std::size_t steps_ = 0;
};

}  // namespace

std::vector<Pick> least_revealing_picks(const Query& query, std::span<const Card> cards,
                                        const std::vector<Candidates>& candidates,
                                        const std::vector<CredentialMask>& combinations,
                                        const Sensitivity& sensitivity) {
  CredentialMask wanted = 0;
  for (const CredentialMask combination : combinations) wanted |= combination;
  std::vector<std::vector<Way>> ways(query.credentials().size());
  for (std::size_t i = 0; i < ways.size(); ++i) {
    if ((wanted & mask_of(i)) != 0) {
      ways[i] = ways_of(query.credentials()[i], i, cards, candidates[i].candidates, sensitivity);
    }
  }
  Search search(ways);
  for (const CredentialMask combination : combinations) search.run(combination);
  return search.best();
}

std::vector<Pick> sorted_ways(const Query& query, std::span<const Card> cards,
                              const std::vector<Candidates>& candidates, std::size_t credential) {
  const std::vector<Way> ways =
      ways_of(query.credentials()[credential], credential, cards, candidates[credential].candidates, {});
  const auto same = [](const Way& a, const Way& b) {
    return a.candidate == b.candidate &&
           std::ranges::equal(a.revealed, b.revealed, {}, &Revealed::value, &Revealed::value);
  };
  std::vector<Pick> picks;
  for (std::size_t i = 0; i < ways.size(); ++i) {
    const bool seen = std::any_of(ways.begin(), ways.begin() + static_cast<std::ptrdiff_t>(i),
                                  [&](const Way& earlier) { return same(earlier, ways[i]); });
    if (!seen) picks.push_back(ways[i].pick);
  }
  return picks;
}

}  // namespace mibun::dcql
