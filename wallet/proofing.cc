#include "wallet/proofing.h"

#include "core/codecs/base64url.h"
#include "core/codecs/jst_time.h"
#include "wallet/history.h"

namespace mibun::wallet {
namespace {

constexpr std::string_view kRecord = "proofing";
constexpr std::string_view kCases = "/api/v1/proofing/cases";
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kReason = "prove identity";

std::string case_target(const std::string& case_id) {
  return std::string(kCases) + "/" + case_id;
}

// The id becomes part of a path: only what the server's ids are made of.
Status check_case_id(const std::string& case_id) {
  if (case_id.size() < 16 || case_id.size() > 64 || !base64url::decode(case_id)) {
    return fail(ErrorCode::json_bad_value, "case.case_id");
  }
  return {};
}

// Nothing else than a photo goes out under a photo's door.
Status put_photos(const Photos& photos, json::Object& files) {
  for (const auto& [name, content] : photos) {
    if (name != "photo.document" && name != "photo.selfie") return fail(ErrorCode::invalid_argument, "photos");
    files[name] = base64url::encode(content);
  }
  return {};
}

Result<CaseState> read_case(const json::Object& body) {
  json::ObjectReader reader(body, "case");
  CaseState state;
  MIBUN_TRY(state.case_id, reader.string("case_id"));
  MIBUN_TRY(state.state, reader.string("state"));
  MIBUN_TRY(state.findings, read_findings(body));
  MIBUN_TRY(const auto reason, reader.optional_string("reason"));
  state.reason = std::string(reason.value_or(""));
  MIBUN_TRY(const json::Array* needed, reader.optional_array("photos_needed"));
  if (needed != nullptr) {
    MIBUN_TRY(state.photos_needed, json::string_array(*needed, "case.photos_needed"));
  }
  MIBUN_TRY(const auto until, reader.optional_string("appeal_until"));
  if (until) {
    MIBUN_TRY(state.appeal_until, parse_jst(*until));
  }
  MIBUN_TRY(const auto appealed, reader.optional_boolean("appealed"));
  state.appealed = appealed.value_or(false);
  return state;
}

Result<std::optional<OpenOffer>> read_offer(const json::Object& body) {
  json::ObjectReader reader(body, "case");
  MIBUN_TRY(const json::Object* offer, reader.optional_object("offer"));
  if (offer == nullptr) return std::nullopt;
  json::ObjectReader offer_reader(*offer, "case.offer");
  OpenOffer open;
  MIBUN_TRY(open.credential_offer, offer_reader.string("credential_offer"));
  MIBUN_TRY(open.by_reference, offer_reader.string("credential_offer_by_reference"));
  MIBUN_TRY(open.tx_code, offer_reader.string("tx_code"));
  return open;
}

}  // namespace

Result<std::vector<Finding>> read_findings(const json::Object& body) {
  json::ObjectReader reader(body, "body");
  MIBUN_TRY(const json::Array* rows, reader.optional_array("findings"));
  std::vector<Finding> findings;
  if (rows == nullptr) return findings;
  for (const json::Value& row : *rows) {
    if (!row.is_object()) return fail(ErrorCode::json_wrong_type, "findings");
    json::ObjectReader row_reader(row.get_object(), "findings");
    Finding finding;
    MIBUN_TRY(finding.check, row_reader.string("check"));
    MIBUN_TRY(finding.outcome, row_reader.string("outcome"));
    MIBUN_TRY(const auto detail, row_reader.optional_string("detail"));
    finding.detail = std::string(detail.value_or(""));
    findings.push_back(std::move(finding));
  }
  return findings;
}

Result<OpenedCase> open_case(ServerApi& api, Profile& profile) {
  MIBUN_TRY(const auto answer, api.account_request(profile, "POST", kCases, R"({"method":"emrtd"})", kJson, kReason));
  json::ObjectReader reader(answer.body, "case");
  OpenedCase opened;
  MIBUN_TRY(opened.case_id, reader.string("case_id"));
  MIBUN_TRY(const std::string_view nonce_text, reader.string("server_nonce"));
  MIBUN_TRY(const std::string_view challenge_text, reader.string("active_authentication_challenge"));
  MIBUN_TRY(const Bytes nonce, base64url::decode(nonce_text));
  MIBUN_TRY(const Bytes asked, base64url::decode(challenge_text));
  MIBUN_TRY(const Bytes thumbprint, base64url::decode(profile.key_thumbprint));
  MIBUN_TRY(opened.challenge, emrtd::make_active_authentication_challenge(nonce, thumbprint));
  if (!ct_equal(asked, opened.challenge)) {
    return fail(ErrorCode::webauthn_challenge_mismatch, "case.active_authentication_challenge",
                "the chip would sign something that is not bound to this wallet");
  }
  return opened;
}

Status remember_case(Store& store, const std::string& case_id) {
  MIBUN_CHECK(check_case_id(case_id));
  return store.write(kRecord, json::serialize(json::Object{{"case_id", case_id}}));
}

Result<Proof> submit_case(const Host& host, ServerApi& api, Profile& profile, const std::string& case_id,
                          const ChipEvidence& evidence) {
  MIBUN_CHECK(check_case_id(case_id));
  const std::string target = case_target(case_id);
  json::Object files;
  for (const auto& [name, content] : evidence.files) files[name] = base64url::encode(content);
  MIBUN_CHECK(put_photos(evidence.photos, files));
  json::Object body;
  body["files"] = std::move(files);
  body["active_authentication_signature"] = base64url::encode(evidence.signature);
  MIBUN_TRY(const auto answer,
            api.account_request(profile, "POST", target + "/submission", json::serialize(body), kJson, kReason));
  Proof proof;
  proof.case_id = case_id;
  json::ObjectReader reader(answer.body, "submission");
  MIBUN_TRY(proof.state, reader.string("state"));
  MIBUN_TRY(proof.findings, read_findings(answer.body));
  MIBUN_CHECK(remember_case(host.store, proof.case_id));
  MIBUN_CHECK(HistoryBook(host).record({.kind = "proofing_started", .outcome = proof.state}));
  return proof;
}

Status resubmit_photos(const Host& host, ServerApi& api, Profile& profile, const std::string& case_id,
                       const Photos& photos) {
  MIBUN_CHECK(check_case_id(case_id));
  json::Object files;
  MIBUN_CHECK(put_photos(photos, files));
  const std::string body = json::serialize(json::Object{{"files", std::move(files)}});
  MIBUN_CHECK(api.account_request(profile, "POST", case_target(case_id) + "/submission", body, kJson, kReason));
  MIBUN_CHECK(HistoryBook(host).record({.kind = "proofing_photos_accepted", .outcome = "in_review"}));
  return {};
}

Status appeal(const Host& host, ServerApi& api, Profile& profile, const std::string& case_id, std::string_view text) {
  MIBUN_CHECK(check_case_id(case_id));
  const std::string body = json::serialize(json::Object{{"text", text}});
  MIBUN_CHECK(api.account_request(profile, "POST", case_target(case_id) + "/appeal", body, kJson, kReason));
  MIBUN_CHECK(HistoryBook(host).record({.kind = "proofing_appealed", .outcome = "in_review"}));
  return {};
}

Result<Proof> prove(const Host& host, ServerApi& api, Profile& profile, Chip& chip) {
  MIBUN_TRY(const OpenedCase opened, open_case(api, profile));
  MIBUN_TRY(Bytes signature, chip.active_authentication(opened.challenge));
  MIBUN_TRY(auto files, chip.files());
  return submit_case(host, api, profile, opened.case_id,
                     {.files = std::move(files), .signature = std::move(signature)});
}

Result<CaseState> case_state(const Host& host, ServerApi& api, Profile& profile) {
  const auto stored = host.store.read(kRecord);
  if (!stored && stored.error().code == ErrorCode::not_found) return fail(ErrorCode::wallet_no_offer, "case");
  if (!stored) return std::unexpected(stored.error());
  MIBUN_TRY(const json::Object record, json::parse_object(*stored));
  json::ObjectReader reader(record, "proofing");
  MIBUN_TRY(const std::string_view case_id, reader.string("case_id"));
  MIBUN_TRY(const auto answer,
            api.account_request(profile, "GET", case_target(std::string(case_id)), "", "", "status"));
  MIBUN_TRY(CaseState state, read_case(answer.body));
  MIBUN_TRY(state.offer, read_offer(answer.body));
  return state;
}

Result<OpenOffer> open_offer(const Host& host, ServerApi& api, Profile& profile, bool before_decision) {
  MIBUN_TRY(const CaseState state, case_state(host, api, profile));
  if (state.offer) return *state.offer;
  const bool early = before_decision && state.state == "in_review";
  if (state.state != "approved" && !early) return fail(ErrorCode::wallet_no_offer, "case." + state.state);
  MIBUN_TRY(const auto answer,
            api.account_request(profile, "POST", case_target(state.case_id) + "/offer",
                                early ? R"({"before_decision":true})" : "{}", kJson, "receive a card"));
  MIBUN_TRY(const auto fresh, read_offer(answer.body));
  if (!fresh) return fail(ErrorCode::wallet_no_offer, "case.offer");
  return *fresh;
}

}  // namespace mibun::wallet
