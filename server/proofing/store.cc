#include "server/proofing/store.h"

namespace mibun::server::proofing_store {
namespace {

// The columns in the order that from_row reads them; each query below spells them out, statements being literals.
#define MIBUN_CASE_COLUMNS                                                                                       \
  "case_id, account_id, method, state, server_nonce, created_at, expires_at, submitted_at, decided_at, claims, " \
  "findings, round, reason_code, asked_again_at, appealed_at, appeal"

std::optional<Instant> optional_instant(const database::Row& row, std::size_t column) {
  if (row.is_null(column)) return std::nullopt;
  return Instant::from_unix_milliseconds(row.integer(column));
}

CaseRow from_row(const database::Row& row) {
  CaseRow found;
  found.case_id = row.text(0);
  found.account_id = row.text(1);
  found.method = row.text(2);
  found.state = row.text(3);
  found.server_nonce = row.blob(4);
  found.created_at = Instant::from_unix_milliseconds(row.integer(5));
  found.expires_at = Instant::from_unix_milliseconds(row.integer(6));
  found.submitted_at = optional_instant(row, 7);
  found.decided_at = optional_instant(row, 8);
  if (!row.is_null(9)) found.claims = row.blob(9);
  if (!row.is_null(10)) found.findings = row.blob(10);
  found.round = row.integer(11);
  if (!row.is_null(12)) found.reason_code = row.text(12);
  found.asked_again_at = optional_instant(row, 13);
  found.appealed_at = optional_instant(row, 14);
  if (!row.is_null(15)) found.appeal = row.blob(15);
  if (found.state == "in_review" && found.asked_again_at) found.state = "more_needed";
  return found;
}

std::vector<CaseRow> from_rows(const std::vector<database::Row>& rows) {
  std::vector<CaseRow> cases;
  cases.reserve(rows.size());
  for (const database::Row& row : rows) cases.push_back(from_row(row));
  return cases;
}

}  // namespace

Status insert_case(Transaction& transaction, const CaseRow& row) {
  MIBUN_CHECK(
      transaction.run("INSERT INTO cases (case_id, account_id, method, state, server_nonce, created_at, expires_at) "
                      "VALUES ($1, $2, $3, "
                      "'open', $4, $5, $6)",
                      row.case_id, row.account_id, row.method, row.server_nonce, row.created_at.unix_milliseconds(),
                      row.expires_at.unix_milliseconds()));
  return {};
}

Result<std::optional<CaseRow>> find_case(Transaction& transaction, std::string_view case_id) {
  MIBUN_TRY(auto row, transaction.row("SELECT " MIBUN_CASE_COLUMNS " FROM cases WHERE case_id = $1", case_id));
  if (!row) return std::optional<CaseRow>();
  return std::optional(from_row(*row));
}

Result<std::vector<CaseRow>> cases_in_review(Transaction& transaction) {
  MIBUN_TRY(auto rows, transaction.rows("SELECT " MIBUN_CASE_COLUMNS
                                        " FROM cases WHERE state = 'in_review' AND asked_again_at IS NULL "
                                        "ORDER BY rowid LIMIT 200"));
  return from_rows(rows);
}

Result<std::vector<CaseRow>> cases_of(Transaction& transaction, std::string_view account_id) {
  MIBUN_TRY(auto rows,
            transaction.rows("SELECT " MIBUN_CASE_COLUMNS " FROM cases WHERE account_id = $1 ORDER BY rowid LIMIT 200",
                             account_id));
  return from_rows(rows);
}

Status put_file(Transaction& transaction, std::string_view case_id, std::string_view name,
                const blobs::SealedFile& row) {
  MIBUN_CHECK(transaction.run(
      "INSERT INTO evidence_files (case_id, name, sealed, file_id, file_sha256) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (case_id, name) DO UPDATE SET sealed = excluded.sealed, file_id = excluded.file_id, "
      "file_sha256 = excluded.file_sha256",
      case_id, name, row.sealed_key, row.file.id, row.file.sha256));
  return {};
}

Result<FileRows> files_of(Transaction& transaction, std::string_view case_id) {
  MIBUN_TRY(auto rows, transaction.rows("SELECT name, sealed, file_id, file_sha256 FROM evidence_files "
                                        "WHERE case_id = $1",
                                        case_id));
  FileRows files;
  for (const database::Row& row : rows) {
    FileRow& file = files[row.text(0)];
    file.sealed = row.blob(1);
    if (!row.is_null(2)) file.file = blobs::BlobRef{row.text(2), row.blob(3)};
  }
  return files;
}

Result<std::int64_t> submit(Transaction& transaction, std::string_view case_id, BytesView claims, BytesView findings,
                            Instant now) {
  return transaction.run(
      "UPDATE cases SET state = 'in_review', claims = $2, findings = $3, submitted_at = $4 WHERE case_id = $1 AND "
      "state = "
      "'open'",
      case_id, claims, findings, now.unix_milliseconds());
}

Status insert_review(Transaction& transaction, const ReviewRow& review, Instant now) {
  MIBUN_CHECK(transaction.run(
      "INSERT INTO reviews (case_id, round, reviewer_id, decision, reason_code, at) VALUES ($1, $2, "
      "$3, $4, $5, $6)",
      review.case_id, review.round, review.reviewer_id, review.decision, review.reason_code, now.unix_milliseconds()));
  return {};
}

Result<std::int64_t> count_approvals(Transaction& transaction, const CaseRow& row) {
  MIBUN_TRY(auto found, transaction.row("SELECT COUNT(*) FROM reviews WHERE case_id = $1 AND round = $2 AND "
                                        "decision = 'approve'",
                                        row.case_id, row.round));
  return found->integer(0);
}

Result<std::int64_t> count_asked_again(Transaction& transaction, std::string_view case_id) {
  MIBUN_TRY(auto row,
            transaction.row("SELECT COUNT(*) FROM reviews WHERE case_id = $1 AND decision = 'ask_again'", case_id));
  return row->integer(0);
}

Result<bool> has_rejected(Transaction& transaction, std::string_view case_id, std::string_view reviewer_id) {
  MIBUN_TRY(auto row, transaction.row("SELECT COUNT(*) FROM reviews WHERE case_id = $1 AND reviewer_id = $2 AND "
                                      "decision = 'reject'",
                                      case_id, reviewer_id));
  return row->integer(0) > 0;
}

Result<std::int64_t> decide(Transaction& transaction, std::string_view case_id, std::string_view state,
                            std::string_view reason_code, Instant now) {
  return transaction.run(
      "UPDATE cases SET state = $2, reason_code = $3, decided_at = $4 WHERE case_id = $1 AND state = 'in_review' AND "
      "asked_again_at IS NULL",
      case_id, state, reason_code, now.unix_milliseconds());
}

Result<std::int64_t> ask_again(Transaction& transaction, std::string_view case_id, std::string_view reason_code,
                               Instant now) {
  return transaction.run(
      "UPDATE cases SET reason_code = $2, asked_again_at = $3 WHERE case_id = $1 AND state = 'in_review' AND "
      "asked_again_at IS NULL",
      case_id, reason_code, now.unix_milliseconds());
}

Result<std::int64_t> resume(Transaction& transaction, std::string_view case_id) {
  return transaction.run(
      "UPDATE cases SET reason_code = NULL, asked_again_at = NULL, round = round + 1 WHERE case_id = $1 AND "
      "state = 'in_review' AND asked_again_at IS NOT NULL",
      case_id);
}

Result<std::int64_t> appeal(Transaction& transaction, std::string_view case_id, BytesView sealed, Instant now,
                            Instant rejected_after) {
  return transaction.run(
      "UPDATE cases SET state = 'in_review', reason_code = NULL, decided_at = NULL, round = round + 1, appeal = $2, "
      "appealed_at = $3 WHERE case_id = $1 AND state = 'rejected' AND appealed_at IS NULL AND decided_at > $4",
      case_id, sealed, now.unix_milliseconds(), rejected_after.unix_milliseconds());
}

Status delete_photos(Transaction& transaction, std::string_view case_id) {
  MIBUN_CHECK(transaction.run("DELETE FROM evidence_files WHERE case_id = $1 AND name LIKE 'photo.%'", case_id));
  return {};
}

Status delete_photos_before(Transaction& transaction, Instant before) {
  MIBUN_CHECK(
      transaction.run("DELETE FROM evidence_files WHERE name LIKE 'photo.%' AND case_id IN (SELECT case_id FROM cases "
                      "WHERE (state = 'rejected' AND decided_at <= $1) OR asked_again_at <= $1)",
                      before.unix_milliseconds()));
  return {};
}

Status delete_evidence_of_ended(Transaction& transaction, Instant now) {
  MIBUN_CHECK(
      transaction.run("DELETE FROM evidence_files WHERE case_id IN (SELECT case_id FROM cases WHERE state = 'open' AND "
                      "expires_at <= $1)",
                      now.unix_milliseconds()));
  return {};
}

Status erase(Transaction& transaction, std::string_view account_id) {
  MIBUN_CHECK(transaction.run("DELETE FROM cases WHERE account_id = $1", account_id));
  return {};
}

}  // namespace mibun::server::proofing_store
