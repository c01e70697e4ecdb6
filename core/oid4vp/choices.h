#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/dcql/choose.h"
#include "core/oid4vp/held_card.h"
#include "core/oid4vp/registration.h"

// What a holder may decide about a request beyond yes and no: which card answers, in which way, and what else may be
// shown. OpenID4VP 1.0, section 6.4.2: a credential set that is not required is left to the holder.
namespace mibun::oid4vp {

struct AskedClaim {
  dcql::ClaimPath path;
  json::Value value;
};
// One card with what of it is shown, or would be.
struct AskedCard {
  std::string credential_id;
  std::size_t card = 0;  // place in CardBox::cards()
  std::size_t way = 0;   // which of the query's claim sets: CardOffer::ways
  std::string format, type;
  std::vector<AskedClaim> claims;
};

// One card that answers, in the ways that it can; what reveals least first. Of more than kWaysMax those that reveal
// most are left out, unless they are proposed: values are copied for each.
inline constexpr std::size_t kWaysMax = 12;
struct CardOffer {
  std::size_t card = 0;
  std::vector<AskedCard> ways;  // never empty; all of this card
};
// Something that is asked for and can be answered.
struct AskedCredential {
  std::string credential_id;
  std::vector<CardOffer> cards;  // never empty; what reveals least first
};
// One of the options is shown whole; when it is not required: or none. Each option lists credential ids.
struct AskedSet {
  bool required = true;
  std::vector<std::vector<std::string>> options;  // never empty; in the verifier's order
  std::optional<std::size_t> proposed;            // place in options; of an optional set never
};
struct Choices {
  std::vector<AskedCredential> credentials;  // that are in an option
  std::vector<AskedSet> sets;                // a query without credential sets has one, which is required
};

// What the holder picked of these. References only: what they stand for is looked up in the verified request.
struct ChosenCard {
  std::string credential_id;
  std::size_t card = 0;  // CardOffer::card
  std::size_t way = 0;   // AskedCard::way
  friend bool operator==(const ChosenCard&, const ChosenCard&) = default;
};
using HolderChoice = std::vector<ChosenCard>;

AskedCard as_asked(const dcql::Selection& selection, const dcql::Query& query, const HeldCard& card);

// What the flow knows when it asks.
struct AskedOf {
  const dcql::Query& query;
  std::span<const HeldCard* const> cards;
  std::span<const dcql::Card> as_dcql;  // the same cards
  const std::vector<dcql::Candidates>& candidates;
};
// `proposed`: what is answered when the holder chooses nothing. `kept`: credential ids that a set may not lose by the
// holder's choice, because what is authorized is authorized with them.
Choices find_choices(const AskedOf& asked, const std::vector<dcql::Selection>& proposed,
                     std::span<const std::string> kept);

// The picks that a choice stands for. Errors: dcql_bad_selection at "choice[i]" (there is no such credential query).
Result<std::vector<dcql::Pick>> picks_of(const HolderChoice& choice, const dcql::Query& query);

// Right before something is signed: whatever was chosen, each claim of it is one that the partner is registered to ask
// for. Errors: oid4vp_claim_not_registered.
Status check_registered(const Registration& registration, const dcql::Query& query,
                        std::span<const dcql::Selection> selections);

}  // namespace mibun::oid4vp
