#pragma once

#include <string>
#include <string_view>

#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/proofing/service.h"
#include "server/proofing/store.h"

// How the proofing room names its sealed records. For files in server/proofing only.
namespace mibun::server {

inline constexpr std::string_view kEvidenceClass = "evidence";
inline constexpr std::string_view kClaimsClass = "claims";
inline constexpr std::string_view kFindingsClass = "findings";
inline constexpr std::string_view kAppealClass = "appeal";
inline constexpr const char* kPortraitFile = "EF.DG2";

inline std::string file_record(std::string_view case_id, std::string_view name) {
  return std::string(case_id) + "/" + std::string(name);
}

// A case without what is sealed in it.
CaseView metadata(const proofing_store::CaseRow& row, Instant now);

// A case of somebody else looks like no case at all (promise 06a). Errors: case_not_found.
Result<proofing_store::CaseRow> own_case(database::Database& database, const keyd::PersonId& person,
                                         std::string_view case_id);

}  // namespace mibun::server
