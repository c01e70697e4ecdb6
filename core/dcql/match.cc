#include "core/dcql/match.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <utility>

#include "core/base/sort.h"
#include "core/dcql/revealed.h"
#include "core/dcql/select.h"

namespace mibun::dcql {
namespace {

using ClaimMask = std::bitset<kClaimsMax>;
static_assert(kAlternativesMax <= 64);

bool share_one(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::find_first_of(a, b) != a.end();
}

bool same_type(const CredentialQuery& query, const Card& card) {
  if (const auto* sd_jwt = std::get_if<SdJwtMeta>(&query.meta)) {
    return sd_jwt->vct_values.empty() || share_one(card.types, sd_jwt->vct_values);
  }
  if (const auto* mdoc = std::get_if<MdocMeta>(&query.meta)) {
    return !mdoc->doctype_value || std::ranges::find(card.types, *mdoc->doctype_value) != card.types.end();
  }
  return false;
}

bool is_under(const TrustedAuthority& authority, const Card& card) {
  if (authority.type == "aki") return share_one(authority.values, card.authority_key_ids);
  if (authority.type != "etsi_tl" && authority.type != "openid_federation") return false;
  return std::ranges::any_of(card.frameworks, [&](const TrustedAuthority& framework) {
    return framework.type == authority.type && share_one(authority.values, framework.values);
  });
}

bool has_trusted_authority(const CredentialQuery& query, const Card& card) {
  return query.trusted_authorities.empty() ||
         std::ranges::any_of(query.trusted_authorities,
                             [&](const TrustedAuthority& authority) { return is_under(authority, card); });
}

// One credential query against one card after the other; what both need is kept between them.
class Matcher {
 public:
  explicit Matcher(const CredentialQuery& query) : query_(query), alternatives_(claim_alternatives(query)) {
    for (const std::vector<std::size_t>& claims : alternatives_) {
      ClaimMask& mask = masks_.emplace_back();
      for (const std::size_t claim : claims) mask.set(claim);
    }
  }

  // As in Candidate; 0: the card, which is of the right kind, lacks claims.
  std::uint64_t satisfied(const Card& card) {
    read_claims(*card.claims);
    std::uint64_t satisfied = 0;
    for (std::size_t i = 0; i < masks_.size(); ++i) {
      if ((masks_[i] & ~found_).none()) satisfied |= std::uint64_t{1} << i;
    }
    return satisfied;
  }

  // Of the card that satisfied() was asked for last.
  std::size_t count_revealed(std::size_t claim_set) {
    revealed_.clear();
    for (const std::size_t claim : alternatives_[claim_set]) {
      for (std::size_t i = starts_[claim]; i < starts_[claim + 1]; ++i) append_revealed(*values_[i], revealed_);
    }
    normalize(revealed_);
    return revealed_.size();
  }

  // Of that card: the claims it lacks for the claim set of which it lacks least; the earlier one when equal.
  ClaimMask missing() const {
    ClaimMask least;
    least.set();
    for (const ClaimMask& mask : masks_) {
      const ClaimMask missing = mask & ~found_;
      if (missing.count() < least.count()) least = missing;
    }
    return least;
  }

 private:
  void read_claims(const json::Object& claims) {
    values_.clear();
    found_.reset();
    for (std::size_t i = 0; i < query_.claims.size(); ++i) {
      starts_[i] = values_.size();
      found_[i] = append_wanted(claims, query_.claims[i], Reading::credential, values_) != 0;
    }
    starts_[query_.claims.size()] = values_.size();
  }

  const CredentialQuery& query_;
  std::vector<std::vector<std::size_t>> alternatives_;
  std::vector<ClaimMask> masks_;  // one for each of the alternatives
  ClaimMask found_;
  std::vector<const json::Value*> values_, revealed_;
  std::array<std::size_t, kClaimsMax + 1> starts_{};  // where each claim's values start
};

// The card that came closest.
struct Closest {
  Obstacle obstacle = Obstacle::no_such_card;
  ClaimMask missing;
  const Card* card = nullptr;

  void note(const Card& other, Obstacle what, const ClaimMask& lacks) {
    if (what < obstacle || (what == obstacle && (card != nullptr && lacks.count() >= missing.count()))) return;
    *this = {what, lacks, &other};
  }
};

void explain(const CredentialQuery& query, const Closest& closest, Candidates& result) {
  result.obstacle = closest.obstacle;
  for (std::size_t i = 0; i < query.claims.size(); ++i) {
    if (!closest.missing[i]) continue;
    const ClaimPath& path = query.claims[i].path;
    result.missing.push_back(path);
    if (!select(*closest.card->claims, path).empty()) result.other_value.push_back(path);
  }
}

Candidates candidates_for(const CredentialQuery& query, std::span<const Card> cards) {
  Candidates result;
  result.credential_id = query.id;
  Matcher matcher(query);
  Closest closest;
  for (std::size_t i = 0; i < cards.size(); ++i) {
    if (const Obstacle obstacle = compare_kind(query, cards[i]); obstacle != Obstacle::none) {
      closest.note(cards[i], obstacle, {});
      continue;
    }
    Candidate candidate{.card = i, .claim_sets = matcher.satisfied(cards[i]), .revealed = 0};
    if (candidate.claim_sets == 0) {
      closest.note(cards[i], Obstacle::claims_missing, matcher.missing());
      continue;
    }
    candidate.revealed = matcher.count_revealed(candidate.preferred());
    result.candidates.push_back(candidate);
  }
  if (result.candidates.empty()) explain(query, closest, result);
  sort(result.candidates, {}, [](const Candidate& candidate) { return std::pair(candidate.revealed, candidate.card); });
  return result;
}

}  // namespace

std::vector<std::string> sd_jwt_types(const json::Object& claims) {
  std::vector<std::string> types;
  const auto add = [&](const json::Value& value) {
    if (value.is_string()) types.emplace_back(value.get_string());
  };
  if (const json::Value* vct = claims.if_contains("vct")) add(*vct);
  const json::Value* others = claims.if_contains("aka_vcts");
  if (others != nullptr && others->is_array()) std::ranges::for_each(others->get_array(), add);
  return types;
}

Obstacle compare_kind(const CredentialQuery& query, const Card& card) {
  if (query.format != card.format || !same_type(query, card)) return Obstacle::no_such_card;
  if (!has_trusted_authority(query, card)) return Obstacle::not_trusted_authority;
  if (query.require_holder_binding && !card.holder_bound) return Obstacle::not_holder_bound;
  return Obstacle::none;
}

std::vector<Candidates> find_candidates(const Query& query, std::span<const Card> cards) {
  std::vector<Candidates> result;
  result.reserve(query.credentials().size());
  for (const CredentialQuery& credential : query.credentials()) result.push_back(candidates_for(credential, cards));
  return result;
}

std::uint64_t satisfied_claim_sets(const CredentialQuery& query, const Card& card) {
  return compare_kind(query, card) == Obstacle::none ? Matcher(query).satisfied(card) : 0;
}

}  // namespace mibun::dcql
