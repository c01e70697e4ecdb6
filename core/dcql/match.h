#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/dcql/query.h"

// The holder's side: which cards answer a query, and what each would reveal.
namespace mibun::dcql {

// What matching needs to know of a card, or of a presentation that arrived.
struct Card {
  std::string format{kSdJwtFormat};
  std::vector<std::string> types;              // "vct" and "aka_vcts"; or the doctype
  bool holder_bound = false;                   // it names a holder's key ("cnf")
  std::vector<std::string> authority_key_ids;  // of its issuer's chain: authority_key_ids()
  const json::Object* claims = nullptr;        // all of them; borrowed
};

// One way in which a card answers a credential query.
struct Choice {
  std::vector<ClaimPath> asked;      // as the query says it
  std::vector<ClaimPath> disclosed;  // as they stand in this card, without null
};

struct Candidate {
  std::size_t card = 0;         // place in the cards given
  std::vector<Choice> choices;  // one for each claim set that the card satisfies, the verifier's favourite first: the
                                // specification wants the first taken (section 6.4.1); least_revealing() may differ
  std::size_t least_revealing() const;  // place in `choices`: fewest claims, the earlier one when equal
};

enum class Obstacle { none, no_such_card, not_trusted_authority, not_holder_bound, claims_missing };

struct Candidates {
  std::string credential_id;
  std::vector<Candidate> candidates;   // fewest claims first, otherwise in the order of the cards
  Obstacle obstacle = Obstacle::none;  // of the card that came closest, when there is no candidate
  std::vector<ClaimPath> missing;      // its claims that are missing or have another value
};

// One entry for each credential query, in the query's order.
std::vector<Candidates> find_candidates(const Query& query, const std::vector<Card>& cards);

// One card for each credential query that is to be answered.
struct Selection {
  std::size_t credential = 0;  // place in Query::credentials()
  std::size_t card = 0;
  Choice choice;
};

// What a holder is asked to agree to first: for each required credential set its first option that can be answered,
// nothing of the optional sets, the first candidate and its first choice; all or nothing (section 6.4.2).
// Errors: dcql_unsupported_format (no credential of a format that we know is asked for), dcql_not_satisfied.
Result<std::vector<Selection>> select_cards(const Query& query, const std::vector<Candidates>& candidates);

// Is `card` of the type, format, binding and authority asked for? Claims aside.
Obstacle compare_kind(const CredentialQuery& query, const Card& card);

}  // namespace mibun::dcql
