#include "server/proofing/service.h"

#include <utility>

#include "core/codecs/typed_id.h"
#include "platform/keyd/rehearsal.h"
#include "platform/log/log.h"
#include "server/proofing/photos.h"
#include "server/proofing/records.h"
#include "server/registration/current_key.h"

namespace mibun::server {
namespace {

constexpr auto kCaseLifetime = std::chrono::hours(24);
constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kNonceBytes = 32;

Status check_open(const proofing_store::CaseRow& row, Instant now) {
  if (row.state != "open") return fail(ErrorCode::case_wrong_state, "case", "the evidence was handed in already");
  if (now >= row.expires_at) return fail(ErrorCode::case_expired, "case");
  return {};
}

Status check_takes(const EvidenceVerifier& verifier, std::string_view name) {
  if (verifier.takes_file(name)) return {};
  return fail(ErrorCode::request_malformed, "file", "this way of proving identity has no such file");
}

// A picture is never evidence for a verifier: it is set aside for the reviewers.
Result<ProofingService::Files> take_photos(ProofingService::Files& files) {
  ProofingService::Files photos;
  for (const std::string_view name : {kDocumentPhoto, kSelfiePhoto}) {
    auto file = files.extract(std::string(name));
    if (file.empty()) continue;
    MIBUN_CHECK(check_photo(name, file.mapped()));
    photos.insert(std::move(file));
  }
  return photos;
}

}  // namespace

CaseView metadata(const proofing_store::CaseRow& row, Instant now) {
  CaseView view;
  view.case_id = row.case_id;
  view.method = row.method;
  view.state = row.state == "open" && now >= row.expires_at ? "expired" : row.state;
  view.created_at = row.created_at;
  view.submitted_at = row.submitted_at;
  view.decided_at = row.decided_at;
  view.appealed_at = row.appealed_at;
  if (row.state == "rejected" || row.state == "more_needed") view.reason = row.reason_code;
  if (row.state == "more_needed") view.photos_needed = photos_needed(row.reason_code);
  if (row.state == "rejected" && !row.appealed_at && now < *row.decided_at + kAppealPeriod) {
    view.appeal_until = *row.decided_at + kAppealPeriod;
  }
  return view;
}

const EvidenceVerifier* ProofingService::verifier_for(std::string_view method) const {
  for (const auto& verifier : verifiers_) {
    if (verifier->method() == method) return verifier.get();
  }
  return nullptr;
}

Result<json::Value> ProofingService::open_json(const keyd::PersonId& person, records::ClassId record_class,
                                               std::string_view case_id, BytesView sealed) {
  if (sealed.empty()) return json::Value(nullptr);
  MIBUN_TRY(const Bytes opened, keys_.open(person, {record_class, case_id}, sealed));
  return json::parse(as_text(opened));
}

Result<ProofingService::Opened> ProofingService::open_case(const Account& account, std::string_view method) {
  const EvidenceVerifier* verifier = verifier_for(method);
  if (verifier == nullptr) return fail(ErrorCode::request_malformed, "method", "no such way to prove identity");
  const Instant now = clock_.now();
  proofing_store::CaseRow row;
  row.case_id = make_typed_id(rng_, kIdBytes);
  row.account_id = account.id.value;
  row.method = method;
  row.server_nonce = rng_.bytes(kNonceBytes);
  row.created_at = now;
  row.expires_at = now + kCaseLifetime;
  MIBUN_CHECK(database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(proofing_store::insert_case(transaction, row));
    json::Object details;
    details["method"] = method;
    return history_.record(transaction, account.id, HistoryKind::proofing_started, details);
  }));
  return Opened{row.case_id, row.server_nonce, verifier->challenge(row.server_nonce, account.key_thumbprint),
                row.expires_at};
}

Status ProofingService::put_file(const Account& account, std::string_view case_id, std::string_view name,
                                 BytesView content) {
  MIBUN_TRY(const auto row, own_case(database_, account.id, case_id));
  MIBUN_CHECK(check_open(row, clock_.now()));
  const EvidenceVerifier* verifier = verifier_for(row.method);
  if (verifier == nullptr) return fail(ErrorCode::request_malformed, "file", "its method is no longer offered");
  MIBUN_CHECK(check_takes(*verifier, name));
  MIBUN_TRY(PutFiles put, put_files(account, case_id, {{std::string(name), to_bytes(content)}}));
  const Status written = database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto current, proofing_store::find_case(transaction, case_id));
    if (!current) return fail(ErrorCode::case_not_found, "case");
    MIBUN_CHECK(check_open(*current, clock_.now()));
    return insert_files(transaction, case_id, put);
  });
  settle(written, put);
  remove_files();
  return written;
}

Result<Verdict> ProofingService::submit(const Account& account, std::string_view case_id,
                                        BytesView active_authentication_signature, Files files) {
  MIBUN_TRY(const auto row, own_case(database_, account.id, case_id));
  const Instant now = clock_.now();
  MIBUN_CHECK(check_open(row, now));
  const EvidenceVerifier* verifier = verifier_for(row.method);
  if (verifier == nullptr) return fail(ErrorCode::case_wrong_state, "case", "its method is no longer offered");
  MIBUN_TRY(const Files photos, take_photos(files));
  for (const auto& [name, content] : files) MIBUN_CHECK(check_takes(*verifier, name));

  proofing_store::FileRows put_before;
  MIBUN_CHECK(database_.read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(put_before, proofing_store::files_of(transaction, case_id));
    return {};
  }));
  Evidence evidence{files, to_bytes(active_authentication_signature), row.server_nonce, account.key_thumbprint};
  for (const auto& [name, file] : put_before) {
    if (files.contains(name)) return fail(ErrorCode::case_wrong_state, "file", "it was put already");
    MIBUN_TRY(evidence.files[name], open_file(account.id, case_id, name, file));
  }
  MIBUN_TRY(Verdict verdict, verifier->verify(evidence, now));
  if (!verdict.genuine()) {
    log::info("evidence_refused", {{"method", row.method}});
    return verdict;
  }
  MIBUN_TRY(const Bytes claims,
            keys_.seal(account.id, {kClaimsClass, case_id}, as_bytes(json::serialize(to_json(verdict.claims)))));
  MIBUN_TRY(const Bytes findings,
            keys_.seal(account.id, {kFindingsClass, case_id}, as_bytes(json::serialize(to_json(verdict.findings)))));
  files.insert(photos.begin(), photos.end());
  MIBUN_TRY(PutFiles put, put_files(account, case_id, files));
  const Status written = database_.write([&](database::Transaction& transaction) -> Status {
    // What reviewers will look at is what was verified: nothing was put in the meantime.
    MIBUN_TRY(const auto still, proofing_store::files_of(transaction, case_id));
    if (still != put_before) return fail(ErrorCode::case_wrong_state, "file", "another one was put meanwhile");
    MIBUN_CHECK(insert_files(transaction, case_id, put));
    MIBUN_TRY(const std::int64_t submitted, proofing_store::submit(transaction, case_id, claims, findings, now));
    if (submitted != 1) return fail(ErrorCode::case_wrong_state, "case", "the evidence was handed in already");
    json::Object details;
    details["method"] = row.method;
    return history_.record(transaction, account.id, HistoryKind::evidence_accepted, details);
  });
  settle(written, put);
  MIBUN_CHECK(written);
  log::info("evidence_accepted", {{"method", row.method}});
  return verdict;
}

Result<CaseView> ProofingService::view(const Account& account, std::string_view case_id) {
  MIBUN_TRY(const auto row, own_case(database_, account.id, case_id));
  CaseView view = metadata(row, clock_.now());
  MIBUN_TRY(view.claims, open_json(account.id, kClaimsClass, case_id, row.claims));
  MIBUN_TRY(view.findings, open_json(account.id, kFindingsClass, case_id, row.findings));
  return view;
}

Status ProofingService::renew_offer(const Account& account, std::string_view case_id, bool before_decision) {
  const keyd::AskedAhead asked([&] { offers_.ask_ahead(account.id, std::string(case_id)); });
  return database_.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(require_current_key(transaction, account));
    MIBUN_TRY(const auto row, proofing_store::find_case(transaction, case_id));
    if (!row || row->account_id != account.id.value) return fail(ErrorCode::case_not_found, "case");
    const bool may = row->state == "approved" || (before_decision && row->state == "in_review");
    if (!may)
      return fail(ErrorCode::case_wrong_state, "case", "only an approved case has offers, or one in review on request");
    return offers_.make_offer(transaction, account.id, row->case_id);
  });
}

Status ProofingService::erase(database::Transaction& transaction, const keyd::PersonId& person) {
  return proofing_store::erase(transaction, person.value);
}

}  // namespace mibun::server
