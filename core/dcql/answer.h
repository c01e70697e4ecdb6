#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/dcql/match.h"
#include "core/dcql/query.h"

// The verifier's side: does what arrived answer the query? A wallet is not the verifier's to rely on (section 14.7).
namespace mibun::dcql {

// A presentation after its signatures were checked. `card.claims` holds what was revealed.
struct Presented {
  Card card;
  std::vector<ClaimPath> disclosed;  // what the holder could have kept back
};

// Claims that nobody asked for, or a whole presentation (no paths).
struct Excess {
  std::string credential_id;
  std::size_t presentation = 0;
  std::vector<ClaimPath> paths;
};

enum class ExcessPolicy { refuse, report };

using Answer = std::map<std::string, std::vector<Presented>, std::less<>>;

// What came beyond the query; empty under ExcessPolicy::refuse.
// Errors: dcql_answer_unexpected (an id that was not asked for, none or several where one is due), dcql_not_satisfied,
// dcql_answer_too_much.
Result<std::vector<Excess>> check_answer(const Query& query, const Answer& answer, ExcessPolicy policy);

}  // namespace mibun::dcql
