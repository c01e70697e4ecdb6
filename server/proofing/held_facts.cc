#include "server/legal_hold/duty.h"
#include "server/proofing/records.h"
#include "server/proofing/service.h"

// What a legal duty may keep of a person.
namespace mibun::server {

Result<std::map<std::string, json::Value>> ProofingService::held_facts(const keyd::PersonId& person) {
  std::vector<proofing_store::CaseRow> rows;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(rows, proofing_store::cases_of(transaction, person.value));
    return {};
  }));
  std::map<std::string, json::Value> facts;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (row->state != "approved") continue;
    MIBUN_TRY(const Approved approved, approved_claims(person, row->case_id));
    for (const auto& claim : approved.claims) facts.emplace(std::string(claim.key()), claim.value());
    facts[kHeldMethod] = json::Value(row->method);
    facts[kHeldProvenAt] = json::Value(to_jst_string(approved.at));
    break;
  }
  return facts;
}

}  // namespace mibun::server
