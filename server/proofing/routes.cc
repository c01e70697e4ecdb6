#include "server/proofing/routes.h"

#include <optional>

#include "core/codecs/base64url.h"
#include "core/emrtd/data_groups.h"
#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/proofing/case_json.h"
#include "server/proofing/photos.h"

namespace mibun::server {
namespace {

constexpr std::size_t kFileBytesMax = 256 * 1024;
constexpr std::size_t kSignatureBytesMax = 1024;
// The six files of a chip and two photos, in base64url, and the rest.
constexpr std::size_t kSubmissionBytesMax = (6 * (kFileBytesMax + 2) + 2 * (kPhotoBytesMax + 2)) / 3 * 4 + 16 * 1024;

const std::string& parameter(const PathParameters& parameters, std::string_view name) {
  return parameters.find(name)->second;
}

Answer open_case(ProofingService& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto method = reader.string("method");
  if (!method || !reader.finish()) return malformed("body", "the member is method");
  MIBUN_TRY(const auto opened, service.open_case(account, *method));
  json::Object answer;
  answer["case_id"] = opened.case_id;
  answer["server_nonce"] = base64url::encode(opened.server_nonce);
  answer["active_authentication_challenge"] = base64url::encode(opened.challenge);
  answer["expires_at"] = to_jst_string(opened.expires_at);
  return json_answer(json::serialize(answer), 201);
}

Status check_content(std::string_view content, std::string_view where) {
  MIBUN_CHECK(refuse_private_keys(content));
  if (content.empty()) return malformed(std::string(where), "the file is empty");
  return {};
}

Answer put_file(ProofingService& service, AssertionGate& gate, const ServerRequest& request,
                const PathParameters& parameters) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_CHECK(check_content(request.body, "body"));
  MIBUN_CHECK(
      service.put_file(account, parameter(parameters, "id"), parameter(parameters, "name"), as_bytes(request.body)));
  ServerResponse done;
  done.status = 204;
  return done;
}

// {"EF.SOD": base64url, ...}: what could be put one by one, under the same rules, and photos. A wallet that asks its
// person for a touch at each request sends them with the submission.
Result<ProofingService::Files> read_files(const json::Object* object) {
  ProofingService::Files files;
  if (object == nullptr) return files;
  for (const auto& member : *object) {
    const auto* text = member.value().if_string();
    if (text == nullptr) return malformed("body.files", "base64url");
    auto content = base64url::decode({text->data(), text->size()});
    if (!content) return malformed("body.files", "base64url");
    if (!is_photo(member.key()) && content->size() > kFileBytesMax) {
      return fail(ErrorCode::request_too_large, "body.files");
    }
    MIBUN_CHECK(check_content(as_text(*content), "body.files"));
    files.emplace(member.key(), std::move(*content));
  }
  return files;
}

Answer refused_evidence(const Verdict& verdict, const ServerRequest& request) {
  ServerResponse refused = problem(ErrorCode::evidence_refused, request.header("accept-language").value_or(""));
  MIBUN_TRY(json::Object body, json::parse_object(refused.body));
  body["findings"] = to_json(verdict.findings);
  refused.body = json::serialize(body);
  return refused;
}

Answer in_review(const std::vector<Finding>& findings) {
  json::Object answer;
  answer["state"] = "in_review";
  answer["findings"] = to_json(findings);
  return json_answer(json::serialize(answer), 202);
}

// Only photos, for a case of which more is needed. `files` never is empty.
Answer resubmit(ProofingService& service, const Account& account, const std::string& case_id,
                const ProofingService::Files& files) {
  for (const auto& [name, content] : files) {
    if (!is_photo(name)) return malformed("body", "the chip's files come with its signature");
  }
  MIBUN_CHECK(service.resubmit_photos(account, case_id, files));
  return in_review({});
}

Answer submit(ProofingService& service, AssertionGate& gate, const ServerRequest& request,
              const PathParameters& parameters) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request, {.bytes_max = kSubmissionBytesMax}));
  json::ObjectReader reader(body, "body");
  const auto signature_text = reader.optional_string("active_authentication_signature");
  const auto files_object = reader.optional_object("files");
  if (!signature_text || !files_object || !reader.finish()) {
    return malformed("body", "the members are active_authentication_signature and files");
  }
  MIBUN_TRY(auto files, read_files(*files_object));
  const std::string& case_id = parameter(parameters, "id");
  if (!*signature_text && !files.empty()) return resubmit(service, account, case_id, files);
  const auto signature = base64url::decode(signature_text->value_or("*"));
  if (!signature || signature->size() > kSignatureBytesMax) {
    return malformed("body.active_authentication_signature", "base64url");
  }
  MIBUN_TRY(const Verdict verdict, service.submit(account, case_id, *signature, std::move(files)));
  return verdict.genuine() ? in_review(verdict.findings) : refused_evidence(verdict, request);
}

Answer appeal(ProofingService& service, AssertionGate& gate, const ServerRequest& request,
              const PathParameters& parameters) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto text = reader.string("text");
  if (!text || !reader.finish()) return malformed("body", "the member is text");
  MIBUN_CHECK(service.appeal(account, parameter(parameters, "id"), *text));
  return json_answer(R"({"state":"in_review"})", 202);
}

// {"credential_offer","credential_offer_by_reference","tx_code","expires_at"}, or nothing while no offer is open.
Result<std::optional<json::Object>> open_offer(OfferMaker& offers, const Account& account, const std::string& case_id) {
  MIBUN_TRY(const auto shown, offers.show_offer(account.id, case_id));
  if (!shown) return std::optional<json::Object>();
  json::Object offer;
  offer["credential_offer"] = shown->by_value;
  offer["credential_offer_by_reference"] = shown->by_reference;
  offer["tx_code"] = shown->tx_code;
  offer["expires_at"] = to_jst_string(shown->expires_at);
  return std::optional(std::move(offer));
}

Answer show(ProofingService& service, AssertionGate& gate, OfferMaker& offers, const ServerRequest& request,
            const PathParameters& parameters) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const CaseView view, service.view(account, parameter(parameters, "id")));
  json::Object body = to_json(view);
  body["appealed"] = view.appealed_at.has_value();
  MIBUN_TRY(auto offer, open_offer(offers, account, view.case_id));
  if (offer) body["offer"] = std::move(*offer);
  return json_answer(json::serialize(body));
}

Answer renew_offer(ProofingService& service, AssertionGate& gate, OfferMaker& offers, const ServerRequest& request,
                   const PathParameters& parameters) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto early = reader.optional_boolean("before_decision");
  if (!early || !reader.finish()) return malformed("body", "empty, or before_decision");
  const std::string& case_id = parameter(parameters, "id");
  MIBUN_CHECK(service.renew_offer(account, case_id, early->value_or(false)));
  MIBUN_TRY(auto offer, open_offer(offers, account, case_id));
  if (!offer) return fail(ErrorCode::case_wrong_state, "offer");
  json::Object answer;
  answer["offer"] = std::move(*offer);
  return json_answer(json::serialize(answer), 201);
}

// What is told of an appeal in the list: that there is one.
json::Value appeal_of(const CaseView& view) {
  if (!view.appealed_at) return nullptr;
  return json::Object{{"at", to_jst_string(*view.appealed_at)}};
}

Answer list_for_review(ProofingService& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_CHECK(tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto views, service.cases_in_review());
  json::Array cases;
  for (const CaseView& view : views) {
    json::Object row = to_json(view);
    row["approvals"] = view.approvals;
    row["appeal"] = appeal_of(view);
    cases.push_back(std::move(row));
  }
  json::Object body;
  body["cases"] = std::move(cases);
  return json_answer(json::serialize(body));
}

Answer show_for_review(ProofingService& service, AccessTokens& tokens, const StaffRegister& staff,
                       const ServerRequest& request, const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeStaff));
  MIBUN_TRY(const auto shown,
            service.view_as_staff(parameter(parameters, "id"), grant.subject, staff.name_of(grant.subject)));
  json::Object body = to_json(shown.view);
  if (const auto portrait = emrtd::parse_dg2(shown.portrait_file)) {
    body["portrait"] = {{"media_type", portrait->media_type()}, {"image", base64url::encode(portrait->image)}};
  }
  body["approvals"] = shown.view.approvals;
  body["portrait_file"] = base64url::encode(shown.portrait_file);
  json::Object photos;
  for (const auto& [name, content] : shown.photos) photos[name] = base64url::encode(content);
  body["photos"] = std::move(photos);
  body["appeal"] = appeal_of(shown.view);
  if (shown.view.appealed_at) body["appeal"].as_object()["text"] = shown.appeal_text;
  return json_answer(json::serialize(body));
}

std::optional<ReviewDecision> read_decision(std::string_view name) {
  for (const auto decision : {ReviewDecision::approve, ReviewDecision::reject, ReviewDecision::ask_again}) {
    if (to_string(decision) == name) return decision;
  }
  return std::nullopt;
}

Answer decide(ProofingService& service, AccessTokens& tokens, const ServerRequest& request,
              const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopeStaff));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto name = reader.string("decision");
  const auto reason_code = reader.string("reason_code");
  const auto decision = name ? read_decision(*name) : std::nullopt;
  if (!decision || !reason_code || !reader.finish() || !is_reason_for(*decision, *reason_code)) {
    return malformed("body", "decision is approve, reject or ask_again, reason_code one of its list");
  }
  MIBUN_TRY(const auto decided, service.decide(parameter(parameters, "id"), grant.subject, *decision, *reason_code));
  json::Object answer;
  answer["state"] = decided.state;
  answer["approvals"] = decided.approvals;
  return json_answer(json::serialize(answer));
}

}  // namespace

void add_proofing_routes(http::Router& router, ProofingService& service, AssertionGate& gate, OfferMaker& offers) {
  router.add({.method = "POST",
              .pattern = "/api/v1/proofing/cases",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return open_case(service, gate, r); }),
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "PUT",
              .pattern = "/api/v1/proofing/cases/{id}/files/{name}",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return put_file(service, gate, r, p); }),
              .body_bytes_max = kFileBytesMax,
              .body_type = "application/octet-stream",
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/api/v1/proofing/cases/{id}/submission",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return submit(service, gate, r, p); }),
              .body_bytes_max = kSubmissionBytesMax,
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "GET",
              .pattern = "/api/v1/proofing/cases/{id}",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return show(service, gate, offers, r, p); }),
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/api/v1/proofing/cases/{id}/appeal",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return appeal(service, gate, r, p); }),
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/api/v1/proofing/cases/{id}/offer",
              .handler = answer_or_refuse([&](const ServerRequest& r, const PathParameters& p) {
                return renew_offer(service, gate, offers, r, p);
              }),
              .body_type = "application/json",
              .cors = true});
}

void add_review_routes(http::Router& router, ProofingService& service, AccessTokens& tokens,
                       const StaffRegister& staff) {
  router.add(
      {.method = "GET", .pattern = "/api/v1/staff/cases", .handler = answer_or_refuse([&](const ServerRequest& r) {
                                                            return list_for_review(service, tokens, r);
                                                          })});
  router.add({.method = "GET",
              .pattern = "/api/v1/staff/cases/{id}",
              .handler = answer_or_refuse([&](const ServerRequest& r, const PathParameters& p) {
                return show_for_review(service, tokens, staff, r, p);
              })});
  router.add({.method = "POST",
              .pattern = "/api/v1/staff/cases/{id}/decisions",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return decide(service, tokens, r, p); }),
              .body_type = "application/json"});
}

}  // namespace mibun::server
