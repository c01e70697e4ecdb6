#pragma once

#include <string>
#include <string_view>

#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/proofing/photos.h"
#include "server/proofing/service.h"
#include "server/proofing/store.h"

// How the proofing room names its sealed records. For files in server/proofing only.
namespace mibun::server {

inline constexpr records::ClassId kEvidenceClass = "evidence";
inline constexpr records::ClassId kPhotoClass = "photo";
inline constexpr records::ClassId kClaimsClass = "claims";
inline constexpr records::ClassId kFindingsClass = "findings";
inline constexpr records::ClassId kAppealClass = "appeal";
inline constexpr const char* kPortraitFile = "EF.DG2";

inline std::string file_record(std::string_view case_id, std::string_view name) {
  return std::string(case_id) + "/" + std::string(name);
}

// The record with a file's key. The first version was the content itself, of photos too.
inline keyd::RecordName file_key_record(std::string_view name, std::string_view record) {
  return {is_photo(name) ? kPhotoClass : kEvidenceClass, record, 2};
}

// A case without what is sealed in it.
CaseView metadata(const proofing_store::CaseRow& row, Instant now);

// The rows of files that are durable.
Status insert_files(database::Transaction& transaction, std::string_view case_id,
                    const std::map<std::string, blobs::PutFile>& files);
// Keeps the files whose rows were written, or may have been; the others are erased when `files` goes.
void settle(const Status& written, std::map<std::string, blobs::PutFile>& files);

// A case of somebody else looks like no case at all (promise 06a). Errors: case_not_found.
Result<proofing_store::CaseRow> own_case(database::Database& database, const keyd::PersonId& person,
                                         std::string_view case_id);

}  // namespace mibun::server
