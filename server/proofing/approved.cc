#include "core/emrtd/data_groups.h"
#include "server/proofing/records.h"
#include "server/proofing/service.h"

// What the issuance room is told of a case.
namespace mibun::server {
namespace {

std::optional<CaseOutcome> outcome_of(std::string_view state) {
  if (state == "in_review" || state == "more_needed") return CaseOutcome::in_review;
  if (state == "approved") return CaseOutcome::approved;
  if (state == "rejected") return CaseOutcome::rejected;
  return std::nullopt;
}

}  // namespace

Result<proofing_store::CaseRow> own_case(database::Database& database, const keyd::PersonId& person,
                                         std::string_view case_id) {
  std::optional<proofing_store::CaseRow> row;
  MIBUN_CHECK(database.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(row, proofing_store::find_case(transaction, case_id));
    return {};
  }));
  if (!row || row->account_id != person.value) return fail(ErrorCode::case_not_found, "case");
  return std::move(*row);
}

Result<CaseOutcome> ProofingService::outcome(const keyd::PersonId& person, const std::string& case_id) {
  MIBUN_TRY(const auto row, own_case(database_, person, case_id));
  const auto outcome = outcome_of(row.state);
  if (!outcome) return fail(ErrorCode::case_not_found, "case", "its evidence was not handed in");
  return *outcome;
}

Result<std::string> ProofingService::newest_case(const keyd::PersonId& person) {
  std::vector<proofing_store::CaseRow> rows;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(rows, proofing_store::cases_of(transaction, person.value));
    return {};
  }));
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const auto outcome = outcome_of(row->state);
    if (outcome && outcome != CaseOutcome::rejected) return row->case_id;
  }
  return fail(ErrorCode::case_not_found, "case");
}

Result<Approved> ProofingService::approved_claims(const keyd::PersonId& person, const std::string& case_id) {
  MIBUN_TRY(const auto row, own_case(database_, person, case_id));
  if (row.state != "approved") return fail(ErrorCode::case_wrong_state, "case");
  MIBUN_TRY(const json::Value stored, open_json(person, kClaimsClass, case_id, row.claims));
  MIBUN_TRY(const auto claims, claims_from_json(stored));
  Approved approved;
  for (const ProvenClaim& claim : claims) {
    approved.claims[claim.name] = claim.value;
    approved.sources[claim.name] = claim.source;
  }
  approved.at = row.decided_at.value_or(row.created_at);
  return approved;
}

Result<Bytes> ProofingService::approved_portrait(const keyd::PersonId& person, const std::string& case_id) {
  MIBUN_TRY(const auto row, own_case(database_, person, case_id));
  if (row.state != "approved") return fail(ErrorCode::case_wrong_state, "case");
  proofing_store::FileRows files;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(files, proofing_store::files_of(transaction, case_id));
    return {};
  }));
  const auto file = files.find(kPortraitFile);
  if (file == files.end()) return fail(ErrorCode::emrtd_file_malformed, std::string(kPortraitFile), "not in the case");
  MIBUN_TRY(const Bytes opened, open_file(person, case_id, file->first, file->second));
  MIBUN_TRY(emrtd::Portrait portrait, emrtd::parse_dg2(opened));
  return std::move(portrait.image);
}

}  // namespace mibun::server
