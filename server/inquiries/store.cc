#include "server/inquiries/store.h"

#include "server/inquiries/terms.h"

namespace mibun::server::inquiry_store {
namespace {

// Of the columns inquiry_id, pseudonym, repeat_hash, asked_at, sealed_question, answered_at, sealed_answer.
InquiryRow read(const database::Row& row) {
  InquiryRow inquiry{.inquiry_id = row.text(0),
                     .pseudonym = row.blob(1),
                     .repeat_hash = row.blob(2),
                     .asked_at = Instant::from_unix_milliseconds(row.integer(3)),
                     .sealed_question = row.blob(4),
                     .answered_at = {},
                     .sealed_answer = {}};
  if (!row.is_null(5)) {
    inquiry.answered_at = Instant::from_unix_milliseconds(row.integer(5));
    inquiry.sealed_answer = row.blob(6);
  }
  return inquiry;
}

Result<std::optional<InquiryRow>> read_one(Result<std::optional<database::Row>> row) {
  if (!row) return pass_error(row);
  if (!*row) return std::optional<InquiryRow>();
  return std::optional(read(**row));
}

Result<std::vector<InquiryRow>> read_all(Result<std::vector<database::Row>> rows) {
  if (!rows) return pass_error(rows);
  std::vector<InquiryRow> inquiries;
  for (const database::Row& row : *rows) inquiries.push_back(read(row));
  return inquiries;
}

}  // namespace

Status insert(database::Transaction& transaction, const keyd::PersonId& person, const InquiryRow& inquiry) {
  MIBUN_CHECK(transaction.run(
      "INSERT INTO inquirers (pseudonym, account_id, region) VALUES ($1, $2, 'JP') ON CONFLICT (pseudonym) DO NOTHING",
      inquiry.pseudonym, person.value));
  MIBUN_CHECK(transaction.run(
      "INSERT INTO inquiries (inquiry_id, region, pseudonym, repeat_hash, asked_at, sealed_question) VALUES ($1, $2, "
      "$3, $4, $5, $6)",
      inquiry.inquiry_id, kInquiryCountry, inquiry.pseudonym, inquiry.repeat_hash, inquiry.asked_at.unix_milliseconds(),
      inquiry.sealed_question));
  return {};
}

Result<std::optional<InquiryRow>> find_repeat(database::Transaction& transaction, BytesView repeat_hash) {
  return read_one(
      transaction.row("SELECT inquiry_id, pseudonym, repeat_hash, asked_at, sealed_question, answered_at, "
                      "sealed_answer FROM inquiries WHERE repeat_hash = $1",
                      repeat_hash));
}

Result<std::optional<InquiryRow>> find(database::Transaction& transaction, std::string_view inquiry_id) {
  return read_one(
      transaction.row("SELECT inquiry_id, pseudonym, repeat_hash, asked_at, sealed_question, answered_at, "
                      "sealed_answer FROM inquiries WHERE inquiry_id = $1",
                      inquiry_id));
}

Result<keyd::PersonId> person_of(database::Transaction& transaction, BytesView pseudonym) {
  MIBUN_TRY(const auto row, transaction.row("SELECT account_id FROM inquirers WHERE pseudonym = $1", pseudonym));
  if (!row) return fail(ErrorCode::route_not_found, "inquiry");
  return keyd::PersonId{row->text(0)};
}

Result<Counts> count(database::Transaction& transaction, BytesView pseudonym, Instant since) {
  MIBUN_TRY(const auto open,
            transaction.row("SELECT COUNT(*) FROM inquiries WHERE pseudonym = $1 AND answered_at IS NULL", pseudonym));
  MIBUN_TRY(const auto recent, transaction.row("SELECT COUNT(*) FROM inquiries WHERE pseudonym = $1 AND asked_at > $2",
                                               pseudonym, since.unix_milliseconds()));
  return Counts{open->integer(0), recent->integer(0)};
}

Result<std::vector<InquiryRow>> list_of(database::Transaction& transaction, BytesView pseudonym) {
  return read_all(
      transaction.rows("SELECT inquiry_id, pseudonym, repeat_hash, asked_at, sealed_question, answered_at, "
                       "sealed_answer FROM inquiries WHERE pseudonym = $1 ORDER BY rowid DESC LIMIT 200",
                       pseudonym));
}

Result<std::vector<InquiryRow>> list(database::Transaction& transaction) {
  return read_all(
      transaction.rows("SELECT inquiry_id, pseudonym, repeat_hash, asked_at, sealed_question, answered_at, "
                       "sealed_answer FROM inquiries ORDER BY answered_at IS NOT NULL, rowid LIMIT 1000"));
}

Status set_answer(database::Transaction& transaction, std::string_view inquiry_id, Instant at,
                  BytesView sealed_answer) {
  MIBUN_CHECK(
      transaction.run("UPDATE inquiries SET answered_at = $2, sealed_answer = $3 WHERE inquiry_id = $1 AND "
                      "answered_at IS NULL",
                      inquiry_id, at.unix_milliseconds(), sealed_answer));
  return {};
}

Status remove_answered_before(database::Transaction& transaction, Instant before) {
  MIBUN_CHECK(transaction.run("DELETE FROM inquiries WHERE answered_at < $1", before.unix_milliseconds()));
  MIBUN_CHECK(transaction.run("DELETE FROM inquirers WHERE pseudonym NOT IN (SELECT pseudonym FROM inquiries)"));
  return {};
}

Status remove_of(database::Transaction& transaction, const keyd::PersonId& person, BytesView pseudonym) {
  MIBUN_CHECK(transaction.run("DELETE FROM inquiries WHERE pseudonym = $1", pseudonym));
  MIBUN_CHECK(transaction.run("DELETE FROM inquirers WHERE account_id = $1", person.value));
  return {};
}

}  // namespace mibun::server::inquiry_store
