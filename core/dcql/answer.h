#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/dcql/match.h"
#include "core/dcql/query.h"

// The verifier's side: does what arrived answer the query? A wallet is not the verifier's to rely on (section 14.7).
namespace mibun::dcql {

// A presentation after its signatures were checked. `card.claims` holds what was revealed, `card.holder_bound` says
// whether the holder's signature was there and verified.
struct Presented {
  Card card;
  // What the holder could have kept back. Of an mso_mdoc nothing need be said: that is every element in card.claims.
  std::vector<ClaimPath> disclosed;
  // What makes the credential itself recognisable: the issuer's JWT, or the bytes of the MSO; borrowed. Two of one
  // credential query that are equal, and be it empty, are the same credential.
  std::string_view credential;
};

// Claims that nobody asked for, or a whole presentation (no paths).
struct Excess {
  std::string credential_id;
  std::size_t presentation = 0;
  std::vector<ClaimPath> paths;
};

enum class ExcessPolicy { refuse, report };

using Answer = std::map<std::string, std::vector<Presented>, std::less<>>;

// What came beyond the query; empty under ExcessPolicy::refuse. In this order: ids and counts, credential sets, then
// each presentation's kind, authority, holder binding and claims.
// Errors: dcql_answer_unexpected (an id that was not asked for, none or several where one is due, a credential twice),
// dcql_not_satisfied, dcql_answer_too_much.
Result<std::vector<Excess>> check_answer(const Query& query, const Answer& answer, ExcessPolicy policy);

}  // namespace mibun::dcql
