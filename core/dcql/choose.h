#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/dcql/match.h"

// The holder's side: what to offer first, what else may be chosen, and whether a choice may be sent.
namespace mibun::dcql {

// Which card answers which credential query with which claims.
struct Pick {
  std::size_t credential = 0;  // place in Query::credentials()
  std::size_t card = 0;        // place in the cards given
  std::size_t claim_set = 0;   // place in claim_alternatives(): one that the card satisfies
  friend bool operator==(const Pick&, const Pick&) = default;
};

// The same with everything the holder is shown and the presentation needs.
struct Choice {
  std::vector<ClaimPath> asked;      // as the query says it
  std::vector<ClaimPath> disclosed;  // as they stand in this card, without null, each once
  std::vector<ClaimPath> retained;   // of those asked, the ones the verifier says it will keep: "intent_to_retain"
};
struct Selection {
  std::size_t credential = 0;  // place in Query::credentials()
  std::size_t card = 0;        // place in the cards given
  std::size_t claim_set = 0;   // place in claim_alternatives()
  Choice choice;
};

// How much it hurts to show a claim: higher is more. The caller's own order.
using Sensitivity = std::function<unsigned(const CredentialQuery&, const ClaimPath& asked)>;

struct Preference {
  enum class Order : std::uint8_t {
    // For each required credential set its first option that can be answered; for each credential query the first
    // claim set that the card satisfies (section 6.4.1: "the Wallet SHOULD return the first option that it can
    // satisfy"), and of the cards the one that then reveals least.
    verifier,
    // The answer that reveals least, over options, cards and claim sets together. The measure: how many values the
    // verifier gets to see that the holder was asked for, each value of a card once however often it is asked for (an
    // object or a list counts as the values in it); when equal, the sensitivity of these values, the highest first;
    // when equal, what the verifier prefers. The exact minimum when it is found within kStepsMax combinations,
    // otherwise
    // the best of those tried.
    least_revealing,
  };
  static constexpr std::size_t kStepsMax = 20'000;

  Order order = Order::verifier;
  Sensitivity sensitivity = {};  // none: all alike
};

// What a holder is asked to agree to first: for each required credential set one option, nothing of the optional sets,
// one card for each credential query even where several are allowed; all or nothing (section 6.4.2). Empty when nothing
// is required and the holder may choose from optional sets. `candidates`: find_candidates of the same query and cards.
// Errors: dcql_unsupported_format (no credential of a format that we know is asked for), dcql_not_satisfied.
Result<std::vector<Pick>> propose(const Query& query, std::span<const Card> cards,
                                  const std::vector<Candidates>& candidates, const Preference& preference = {});

// A credential set with its options that can be answered whole, as places in its options. A required set without one
// is why nothing can be answered; an optional set is offered and not preselected. When the query has no credential
// sets, there are none.
struct SetOffer {
  std::size_t set = 0;  // place in Query::credential_sets()
  bool required = true;
  std::vector<std::size_t> options;
};
std::vector<SetOffer> offered_sets(const Query& query, const std::vector<Candidates>& candidates);

// Every way to answer one credential query, for a holder who chooses: each card with each claim set that it satisfies;
// of claim sets that show the same of a card only the first. Those that reveal least come first; when equal, the
// verifier's order.
std::vector<Pick> ways_to_answer(const Query& query, std::span<const Card> cards,
                                 const std::vector<Candidates>& candidates, std::size_t credential);

// What one pick would show, whatever else is chosen. Errors: dcql_bad_selection, as check_selection.
Result<Selection> look_at(const Query& query, std::span<const Card> cards, const Pick& pick);

// The holder's own choice, or a proposal, before anything is sent: each card is looked at again. In the order given.
// Errors: dcql_bad_selection at "selection[i]" (no such credential query, card or claim set; the card does not answer
// it with these claims; a card twice, or several where one is due; a credential that no option needs),
// dcql_not_satisfied (a required credential is missing, or nothing was chosen).
Result<std::vector<Selection>> check_selection(const Query& query, std::span<const Card> cards,
                                               std::span<const Pick> picks);

// The verifier's preference, found and checked in one go. Errors: those of propose; dcql_not_satisfied too when only
// optional sets could be answered.
Result<std::vector<Selection>> select_cards(const Query& query, std::span<const Card> cards,
                                            const std::vector<Candidates>& candidates);

}  // namespace mibun::dcql
