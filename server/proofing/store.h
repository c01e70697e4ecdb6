#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "platform/blobs/person_files.h"
#include "platform/database/database.h"

// The tables of 0004_proofing.sql, 0019_photos_and_appeals.sql and 0029_files.sql.
namespace mibun::server::proofing_store {

using database::Transaction;

struct CaseRow {
  std::string case_id, account_id, method;
  std::string state;  // more_needed instead of in_review while photos are waited for
  Bytes server_nonce;
  Instant created_at, expires_at;
  std::optional<Instant> submitted_at, decided_at;
  Bytes claims, findings;   // sealed; empty when there are none
  std::int64_t round = 1;   // grows with photos that were asked for and with an appeal
  std::string reason_code;  // why more is needed, or why it was rejected
  std::optional<Instant> asked_again_at, appealed_at;
  Bytes appeal;  // sealed
};

Status insert_case(Transaction& transaction, const CaseRow& row);
Result<std::optional<CaseRow>> find_case(Transaction& transaction, std::string_view case_id);
Result<std::vector<CaseRow>> cases_in_review(Transaction& transaction);
Result<std::vector<CaseRow>> cases_of(Transaction& transaction, std::string_view account_id);

struct FileRow {
  std::optional<blobs::BlobRef> file;  // none in rows from before 0029
  Bytes sealed;                        // the file's key; without a file the content itself
  friend bool operator==(const FileRow&, const FileRow&) = default;
};
using FileRows = std::map<std::string, FileRow>;  // by name

Status put_file(Transaction& transaction, std::string_view case_id, std::string_view name,
                const blobs::SealedFile& row);
Result<FileRows> files_of(Transaction& transaction, std::string_view case_id);

// 1 when the case was open, else 0.
Result<std::int64_t> submit(Transaction& transaction, std::string_view case_id, BytesView claims, BytesView findings,
                            Instant now);

struct ReviewRow {
  std::string_view case_id;
  std::int64_t round = 1;
  std::string_view reviewer_id, decision, reason_code;
};
// Errors: database_conflict (this reviewer has decided in this round).
Status insert_review(Transaction& transaction, const ReviewRow& review, Instant now);
Result<std::int64_t> count_approvals(Transaction& transaction, const CaseRow& row);          // of its round
Result<std::int64_t> count_asked_again(Transaction& transaction, std::string_view case_id);  // in all rounds
Result<bool> has_rejected(Transaction& transaction, std::string_view case_id, std::string_view reviewer_id);

// Each returns 1 when the case was in the state that it needs, else 0.
// in_review -> approved, rejected
Result<std::int64_t> decide(Transaction& transaction, std::string_view case_id, std::string_view state,
                            std::string_view reason_code, Instant now);
// in_review -> more_needed
Result<std::int64_t> ask_again(Transaction& transaction, std::string_view case_id, std::string_view reason_code,
                               Instant now);
// more_needed -> in_review, in the next round
Result<std::int64_t> resume(Transaction& transaction, std::string_view case_id);
// rejected after `rejected_after` and never appealed -> in_review, in the next round
Result<std::int64_t> appeal(Transaction& transaction, std::string_view case_id, BytesView sealed, Instant now,
                            Instant rejected_after);

Status delete_photos(Transaction& transaction, std::string_view case_id);
// Of cases that were rejected by then, or waited for photos since then.
Status delete_photos_before(Transaction& transaction, Instant before);
// Of cases that ended without anything being handed in.
Status delete_evidence_of_ended(Transaction& transaction, Instant now);
Status erase(Transaction& transaction, std::string_view account_id);

}  // namespace mibun::server::proofing_store
