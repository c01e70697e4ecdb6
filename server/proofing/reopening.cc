#include "platform/log/log.h"
#include "server/api/free_text.h"
#include "server/proofing/photos.h"
#include "server/proofing/reasons.h"
#include "server/proofing/records.h"
#include "server/proofing/service.h"

// How a case comes back to its reviewers: with photos that they asked for, or with an appeal.
namespace mibun::server {
namespace {

constexpr std::size_t kAppealCharactersMax = 1000;

Status check_appeal_text(std::string_view text) {
  if (is_blank(text) || count_characters(text) > kAppealCharactersMax || !is_plain_text(text)) {
    return fail(ErrorCode::request_malformed, "body.text", "1 to 1000 characters, lines among them");
  }
  return {};
}

Status check_may_appeal(const proofing_store::CaseRow& row, Instant now) {
  if (row.appealed_at) return fail(ErrorCode::appeal_used, "case");
  if (row.state != "rejected") return fail(ErrorCode::case_wrong_state, "case", "only a rejected case is appealed");
  if (now >= *row.decided_at + kAppealPeriod)
    return fail(ErrorCode::case_expired, "case", "the time to appeal is over");
  return {};
}

Status check_has_what_was_asked(const proofing_store::CaseRow& row, const ProofingService::Files& photos) {
  for (const std::string& name : photos_needed(row.reason_code)) {
    if (!photos.contains(name)) return fail(ErrorCode::request_malformed, "files", name + " is asked for");
  }
  return {};
}

}  // namespace

Status ProofingService::resubmit_photos(const Account& account, std::string_view case_id, const Files& photos) {
  MIBUN_TRY(const auto row, own_case(database_, account.id, case_id));
  if (row.state != "more_needed") return fail(ErrorCode::case_wrong_state, "case", "no photo is asked for");
  for (const auto& [name, content] : photos) {
    if (!is_photo(name)) return fail(ErrorCode::request_malformed, "files", "photos alone are asked for");
    MIBUN_CHECK(check_photo(name, content));
  }
  MIBUN_CHECK(check_has_what_was_asked(row, photos));
  MIBUN_TRY(PutFiles put, put_files(account, case_id, photos));
  const Status written = database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t resumed, proofing_store::resume(transaction, case_id));
    if (resumed != 1) return fail(ErrorCode::case_wrong_state, "case", "they were handed in already");
    MIBUN_CHECK(insert_files(transaction, case_id, put));
    return history_.record(transaction, account.id, HistoryKind::proofing_photos_accepted, {});
  });
  settle(written, put);
  MIBUN_CHECK(written);
  remove_files();  // those that were replaced
  log::info("photos_accepted", {{"method", row.method}});
  return {};
}

Status ProofingService::appeal(const Account& account, std::string_view case_id, std::string_view text) {
  MIBUN_TRY(const auto row, own_case(database_, account.id, case_id));
  const Instant now = clock_.now();
  MIBUN_CHECK(check_may_appeal(row, now));
  MIBUN_CHECK(check_appeal_text(text));
  MIBUN_TRY(const Bytes sealed, keys_.seal(account.id, {kAppealClass, case_id}, as_bytes(text)));
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const std::int64_t appealed,
              proofing_store::appeal(transaction, case_id, sealed, now, now - kAppealPeriod));
    if (appealed != 1) return fail(ErrorCode::appeal_used, "case");
    return history_.record(transaction, account.id, HistoryKind::proofing_appealed, {});
  }));
  log::info("case_appealed", {{"method", row.method}});
  return {};
}

Status ProofingService::purge_expired() {
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(proofing_store::delete_photos_before(transaction, clock_.now() - kAppealPeriod));
    return proofing_store::delete_evidence_of_ended(transaction, clock_.now());
  }));
  return care_.tend();
}

}  // namespace mibun::server
