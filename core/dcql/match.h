#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/dcql/query.h"

// The holder's side: which cards answer a query, and with which claims. Choosing among them is choose.h.
namespace mibun::dcql {

// What matching needs to know of a card, or of a presentation that arrived.
struct Card {
  std::string format{kSdJwtFormat};
  std::vector<std::string> types;              // sd_jwt_types(); or the doctype
  bool holder_bound = false;                   // a card: it names a holder's key ("cnf", the MSO's device key); a
                                               // presentation: that key has signed it, and the signature was verified
  std::vector<std::string> authority_key_ids;  // of its issuer's chain: authority_key_ids()
  std::vector<TrustedAuthority> frameworks;    // "etsi_tl", "openid_federation": what the caller's trust lists say of
                                               // that chain; a query's value must be one of these exactly
  const json::Object* claims = nullptr;        // all of them, an mdoc's as {namespace: {element: value}}; borrowed
};

// The types an SD-JWT VC stands for: its "vct" and its "aka_vcts". Types that its type metadata extends are added by a
// caller who has checked that metadata.
std::vector<std::string> sd_jwt_types(const json::Object& claims);

// Ordered by how close the card came.
enum class Obstacle : std::uint8_t {
  none,
  no_such_card,           // no card of this format and type
  not_trusted_authority,  // there is one, of an issuer that the verifier does not name
  not_holder_bound,       // it names no key of the holder's
  claims_missing          // it lacks claims, or they have other values: Candidates::missing
};

// Is `card` of the type, format, binding and authority asked for? Claims aside.
Obstacle compare_kind(const CredentialQuery& query, const Card& card);

// A card that answers a credential query.
struct Candidate {
  std::size_t card = 0;          // place in the cards given
  std::uint64_t claim_sets = 0;  // bit i: it has all of claim_alternatives()[i]; never 0
  std::size_t revealed = 0;      // values that preferred() would show: see choose.h

  // The claim set that the specification wants taken: the first that can be satisfied (section 6.4.1).
  std::size_t preferred() const { return static_cast<std::size_t>(std::countr_zero(claim_sets)); }
  bool satisfies(std::size_t claim_set) const { return claim_set < 64 && ((claim_sets >> claim_set) & 1U) != 0; }
};

struct Candidates {
  std::string credential_id;
  std::vector<Candidate> candidates;   // all that fit; those that would reveal least first, then in the cards' order
  Obstacle obstacle = Obstacle::none;  // of the card that came closest, when there is no candidate
  std::vector<ClaimPath> missing;      // its claims that are missing or have another value,
  std::vector<ClaimPath> other_value;  // and of these the ones that are there with a value not asked for
};

// One entry for each credential query, in the query's order.
std::vector<Candidates> find_candidates(const Query& query, std::span<const Card> cards);

// The claim sets of a credential query that a card satisfies, as in Candidate; 0 when it does not answer it at all.
std::uint64_t satisfied_claim_sets(const CredentialQuery& query, const Card& card);

}  // namespace mibun::dcql
