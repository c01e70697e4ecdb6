#include <utility>

#include "platform/log/log.h"
#include "server/proofing/photos.h"
#include "server/proofing/reasons.h"
#include "server/proofing/records.h"
#include "server/proofing/service.h"
#include "server/transparency/running_operation.h"

// What reviewers see and decide.
namespace mibun::server {
namespace {

constexpr std::int64_t kApprovalsNeeded = 2;
constexpr std::int64_t kAskedAgainMax = 3;

Result<proofing_store::CaseRow> any_case(database::Database& database, std::string_view case_id,
                                         std::int64_t& approvals) {
  std::optional<proofing_store::CaseRow> row;
  MIBUN_CHECK(database.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(row, proofing_store::find_case(transaction, case_id));
    if (!row) return fail(ErrorCode::case_not_found, "case");
    MIBUN_TRY(approvals, proofing_store::count_approvals(transaction, *row));
    return {};
  }));
  return std::move(*row);
}

// One decision of a person in each round; and who rejected a case has no say in its appeal.
Status insert_review(database::Transaction& transaction, const proofing_store::CaseRow& row,
                     std::string_view reviewer_id, ReviewDecision decision, std::string_view reason_code, Instant now) {
  MIBUN_TRY(const bool rejected, proofing_store::has_rejected(transaction, row.case_id, reviewer_id));
  if (rejected) return fail(ErrorCode::case_same_reviewer, "case", "the appeal is against this reviewer's decision");
  auto inserted = proofing_store::insert_review(
      transaction, {row.case_id, row.round, reviewer_id, to_string(decision), reason_code}, now);
  if (!inserted && inserted.error().code == ErrorCode::database_conflict) {
    return fail(ErrorCode::case_same_reviewer, "case");
  }
  return inserted;
}

}  // namespace

Result<std::vector<CaseView>> ProofingService::cases_in_review() {
  std::vector<CaseView> views;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto rows, proofing_store::cases_in_review(transaction));
    for (const auto& row : rows) {
      views.push_back(metadata(row, clock_.now()));
      MIBUN_TRY(views.back().approvals, proofing_store::count_approvals(transaction, row));
    }
    return {};
  }));
  return views;
}

Result<ProofingService::StaffView> ProofingService::view_as_staff(std::string_view case_id,
                                                                  std::string_view reviewer_id,
                                                                  std::string_view reviewer_name) {
  StaffView shown;
  std::int64_t approvals = 0;
  MIBUN_TRY(const auto row, any_case(database_, case_id, approvals));
  if (row.state != "in_review") return fail(ErrorCode::case_wrong_state, "case", "nothing to review");
  const keyd::PersonId person{row.account_id};
  proofing_store::FileRows files;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    json::Object details;
    details["reviewer"] = reviewer_name;
    MIBUN_TRY(files, proofing_store::files_of(transaction, case_id));
    return history_.record(transaction, person, HistoryKind::staff_viewed, details);
  }));
  log::info("case_viewed", {{"reviewer", reviewer_id}});
  shown.view = metadata(row, clock_.now());
  shown.view.approvals = approvals;
  MIBUN_TRY(shown.view.claims, open_json(person, kClaimsClass, case_id, row.claims));
  MIBUN_TRY(shown.view.findings, open_json(person, kFindingsClass, case_id, row.findings));
  for (const auto& [name, file] : files) {
    if (name != kPortraitFile && !is_photo(name)) continue;
    Bytes& place = name == kPortraitFile ? shown.portrait_file : shown.photos[name];
    MIBUN_TRY(place, open_file(person, case_id, name, file));
  }
  if (!row.appeal.empty()) {
    MIBUN_TRY(const Bytes text, keys_.open(person, {kAppealClass, case_id}, row.appeal));
    shown.appeal_text = as_text(text);
  }
  return shown;
}

Result<ProofingService::Decision> ProofingService::decide(std::string_view case_id, std::string_view reviewer_id,
                                                          ReviewDecision decision, std::string_view reason_code) {
  Decision decided{"in_review", 0};
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto row, proofing_store::find_case(transaction, case_id));
    if (!row) return fail(ErrorCode::case_not_found, "case");
    RunningOperation::is_about(keyd::PersonId{row->account_id});
    if (row->state != "in_review") return fail(ErrorCode::case_wrong_state, "case");
    MIBUN_CHECK(insert_review(transaction, *row, reviewer_id, decision, reason_code, clock_.now()));
    MIBUN_TRY(decided.approvals, proofing_store::count_approvals(transaction, *row));
    switch (decision) {
      case ReviewDecision::ask_again:
        decided = {"more_needed", 0};
        return ask_again(transaction, *row, reason_code);
      case ReviewDecision::reject:
        decided.state = "rejected";
        return finish(transaction, *row, decided, reason_code);
      case ReviewDecision::approve:
        if (decided.approvals < kApprovalsNeeded) return {};
        decided.state = "approved";
        return finish(transaction, *row, decided, reason_code);
    }
    return {};
  }));
  remove_files();
  log::info("case_reviewed", {{"reviewer", reviewer_id}, {"state", decided.state}});
  return decided;
}

Status ProofingService::ask_again(database::Transaction& transaction, const proofing_store::CaseRow& row,
                                  std::string_view reason_code) {
  MIBUN_TRY(const std::int64_t times, proofing_store::count_asked_again(transaction, row.case_id));
  if (times > kAskedAgainMax) return fail(ErrorCode::case_wrong_state, "case", "asked again three times already");
  MIBUN_TRY(const std::int64_t asked, proofing_store::ask_again(transaction, row.case_id, reason_code, clock_.now()));
  if (asked != 1) return fail(ErrorCode::case_wrong_state, "case");
  return history_.record(transaction, {row.account_id}, HistoryKind::proofing_asked_again,
                         json::Object{{"reason_code", reason_code}});
}

Status ProofingService::finish(database::Transaction& transaction, const proofing_store::CaseRow& row,
                               const Decision& decision, std::string_view reason_code) {
  const bool approved = decision.state == "approved";
  MIBUN_TRY(const std::int64_t decided,
            proofing_store::decide(transaction, row.case_id, decision.state, reason_code, clock_.now()));
  if (decided != 1) return fail(ErrorCode::case_wrong_state, "case");
  // Nobody will look at them any more; a first rejection may still be appealed (decision 0035).
  if (approved || row.appealed_at) MIBUN_CHECK(proofing_store::delete_photos(transaction, row.case_id));
  const keyd::PersonId person{row.account_id};
  json::Object details;
  if (!approved) details["reason_code"] = reason_code;
  MIBUN_CHECK(history_.record(transaction, person,
                              approved ? HistoryKind::proofing_approved : HistoryKind::proofing_rejected, details));
  return approved ? offers_.make_offer(transaction, person, row.case_id) : Status{};
}

}  // namespace mibun::server
