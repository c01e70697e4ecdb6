#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "platform/database/database.h"

// The tables of 0004_proofing.sql.
namespace mibun::server::proofing_store {

using database::Transaction;

struct CaseRow {
  std::string case_id, account_id, method, state;
  Bytes server_nonce;
  Instant created_at, expires_at;
  std::optional<Instant> submitted_at, decided_at;
  Bytes claims, findings;  // sealed; empty when there are none
};

Status insert_case(Transaction& transaction, const CaseRow& row);
Result<std::optional<CaseRow>> find_case(Transaction& transaction, std::string_view case_id);
Result<std::vector<CaseRow>> cases_in_state(Transaction& transaction, std::string_view state);
Result<std::vector<CaseRow>> cases_of(Transaction& transaction, std::string_view account_id);

Status put_file(Transaction& transaction, std::string_view case_id, std::string_view name, BytesView sealed);
Result<std::map<std::string, Bytes>> files_of(Transaction& transaction, std::string_view case_id);

// 1 when the case was open, else 0.
Result<std::int64_t> submit(Transaction& transaction, std::string_view case_id, BytesView claims, BytesView findings,
                            Instant now);
// Errors: database_conflict (this reviewer has decided).
Status insert_review(Transaction& transaction, std::string_view case_id, std::string_view reviewer_id,
                     std::string_view decision, std::string_view reason_code, Instant now);
Result<std::int64_t> count_reviews(Transaction& transaction, std::string_view case_id, std::string_view decision);
// 1 when the case was in review, else 0.
Result<std::int64_t> decide(Transaction& transaction, std::string_view case_id, std::string_view state, Instant now);
Status erase(Transaction& transaction, std::string_view account_id);

}  // namespace mibun::server::proofing_store
