#include "server/presentation/routes.h"

#include "core/codecs/url.h"
#include "core/oid4vp/request.h"
#include "core/oid4vp/response.h"
#include "platform/log/log.h"
#include "server/api/body.h"
#include "server/api/planned_answer.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

constexpr std::size_t kWalletNonceCharactersMax = 256;

const std::string& parameter(const PathParameters& parameters, std::string_view name) {
  return parameters.find(name)->second;
}

ServerResponse request_object_answer(std::string text) {
  ServerResponse response;
  response.content_type = oid4vp::kRequestObjectMediaType;
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = std::move(text);
  return response;
}

Answer fetch_request(PresentationService& service, const PathParameters& parameters) {
  MIBUN_TRY(std::string text, service.request_object(parameter(parameters, "id"), {}));
  return request_object_answer(std::move(text));
}

// request_uri_method=post: OpenID4VP 1.0, section 5.10.
Answer post_request(PresentationService& service, const ServerRequest& request, const PathParameters& parameters) {
  auto fields = form::Fields::parse(request.body);
  if (!fields) return std::unexpected(as_malformed(std::move(fields.error())));
  PresentationService::Fetch fetch;
  if (const auto nonce = fields->find("wallet_nonce")) {
    if (nonce->empty() || nonce->size() > kWalletNonceCharactersMax) {
      return malformed("wallet_nonce", "1 to 256 characters");
    }
    fetch.wallet_nonce = std::string(*nonce);
  }
  if (const auto metadata = fields->find(oid4vp::kWalletMetadataField)) {
    auto read = oid4vp::WalletMetadata::parse(*metadata);
    if (!read && read.error().code == ErrorCode::private_key_rejected) return pass_error(read);
    if (!read) return malformed(read.error().where, read.error().detail);
    fetch.metadata = std::move(*read);
  }
  MIBUN_TRY(std::string text, service.request_object(parameter(parameters, "id"), std::move(fetch)));
  return request_object_answer(std::move(text));
}

ServerResponse answer_to_wallet(const Result<std::optional<std::string>>& redirect_uri, const ServerRequest& request) {
  if (redirect_uri) return json_answer(oid4vp::response_accepted_json(*redirect_uri));
  const Error& error = redirect_uri.error();
  if (problem_text(error.code).status == 503) return refuse(error, request);  // ours to mend, not the wallet's
  log::info("presentation_rejected", {{"code", to_string(error.code)}, {"where", std::string_view(error.where)}});
  const oid4vp::ProtocolError told = oid4vp::response_uri_error(error.code);
  return json_answer(told.to_json(), told.status);
}

Answer fetch_receipt(PresentationService& service, const PathParameters& parameters) {
  ServerResponse response;
  MIBUN_TRY(response.body, service.receipt(parameter(parameters, "hash")));
  response.content_type = "application/jwt";
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

ServerResponse created_answer(const PresentationService::Created& created, PresentationMode mode) {
  json::Object answer;
  answer["request_id"] = created.request_id;
  answer["client_id"] = created.client_id;
  if (created.dc_api) {
    answer["dc_api_requests"] = created.dc_api->to_json();
  } else {
    if (!created.request_uri.empty()) answer["request_uri"] = created.request_uri;
    answer["wallet_link"] = created.wallet_link;
  }
  answer["expires_at"] = to_jst_string(created.expires_at);
  answer["mode"] = to_string(mode);
  answer["session_secret"] = created.session_secret;
  if (!created.pairing_code.empty()) answer["pairing_code"] = created.pairing_code;
  return json_answer(json::serialize(answer), 201);
}

Answer create(PresentationService& service, AccessTokens& tokens, const ServerRequest& request) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopePartner));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto query = reader.object("dcql_query");
  const auto mode_text = reader.optional_string("mode");
  const auto request_by = reader.optional_string("request_by");
  const auto response_mode = reader.optional_string("response_mode");
  const auto transactions = reader.optional_array("transaction_data");
  if (!query || !mode_text || !request_by || !response_mode || !transactions || !reader.finish()) {
    return malformed("body", "the members are dcql_query, mode, request_by, response_mode and transaction_data");
  }
  MIBUN_TRY(const auto mode, parse_presentation_mode(mode_text->value_or(to_string(PresentationMode::same_device))));
  PresentationService::Question question{.dcql_query = **query, .mode = mode};
  if (*response_mode) question.response_mode = std::string(**response_mode);
  if (*request_by) question.request_by = std::string(**request_by);
  if (*transactions != nullptr) question.transaction_data = **transactions;
  MIBUN_TRY(const auto created,
            service.create(grant.subject, question, [mode = mode](const PresentationService::Created& planned) {
              PlannedAnswer::is(created_answer(planned, mode));
            }));
  return created_answer(created, mode);
}

Answer show_state(PresentationService& service, AccessTokens& tokens, const ServerRequest& request,
                  const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopePartner));
  json::Object answer;
  answer["request_id"] = parameter(parameters, "id");
  MIBUN_TRY(answer["state"], service.state(grant.subject, parameter(parameters, "id")));
  return json_answer(json::serialize(answer));
}

Answer take_from_page(PresentationService& service, AccessTokens& tokens, const ServerRequest& request,
                      const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopePartner));
  MIBUN_TRY(const json::Object body, read_json_body(request, {.bytes_max = oid4vp::kResponseBytesMax}));
  json::ObjectReader reader(body, "body");
  const auto secret = reader.string("session_secret");
  const auto data = reader.optional_object("data");
  const auto fragment = reader.optional_string("fragment");
  if (!secret || !data || !fragment || !reader.finish() || (*data != nullptr) == fragment->has_value()) {
    return malformed("body", "the members are session_secret and one of data and fragment");
  }
  const std::string& request_id = parameter(parameters, "id");
  PresentationService::PageAnswer answer;
  if (*data != nullptr)
    answer = **data;
  else
    answer = std::string(**fragment);
  MIBUN_CHECK(service.receive_from_page(grant.subject, request_id, SessionSecret(*secret), answer));
  return json_answer(json::serialize(json::Object{{"request_id", request_id}, {"state", "answered"}}));
}

Answer hand_over(PresentationService& service, AccessTokens& tokens, const ServerRequest& request,
                 const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopePartner));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto secret = reader.string("session_secret");
  const auto response_code = reader.optional_string("response_code");
  if (!secret || !response_code || !reader.finish()) {
    return malformed("body", "the members are session_secret and response_code");
  }
  PresentationService::Claim claim{SessionSecret(*secret), {}};
  if (*response_code) claim.response_code = std::string(**response_code);
  const auto answer = [](const json::Object& result) { return json_answer(json::serialize(result)); };
  MIBUN_TRY(const auto result,
            service.result(grant.subject, parameter(parameters, "id"), claim,
                           [&](const json::Object& planned) { PlannedAnswer::is(answer(planned)); }));
  return answer(result);
}

}  // namespace

void add_wallet_presentation_routes(http::Router& router, PresentationService& service) {
  router.add({.method = "GET",
              .pattern = "/oid4vp/requests/{id}",
              .handler = answer_or_refuse(
                  [&](const ServerRequest&, const PathParameters& p) { return fetch_request(service, p); }),
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/oid4vp/requests/{id}",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return post_request(service, r, p); }),
              .body_type = std::string(oid4vp::kFormMediaType),
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/oid4vp/responses/{id}",
              .handler =
                  [&](const ServerRequest& r, const PathParameters& p) {
                    return answer_to_wallet(service.receive(parameter(p, "id"), r.body), r);
                  },
              .body_bytes_max = oid4vp::kResponseBytesMax,
              .body_type = std::string(oid4vp::kFormMediaType),
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/oid4vp/partners/{id}/responses",
              .handler =
                  [&](const ServerRequest& r, const PathParameters& p) {
                    return answer_to_wallet(service.receive_at_partner(parameter(p, "id"), r.body), r);
                  },
              .body_bytes_max = oid4vp::kResponseBytesMax,
              .body_type = std::string(oid4vp::kFormMediaType),
              .cors = true});
  router.add({.method = "GET",
              .pattern = "/oid4vp/receipts/{hash}",
              .handler = answer_or_refuse(
                  [&](const ServerRequest&, const PathParameters& p) { return fetch_receipt(service, p); }),
              .cors = true});
}

void add_partner_request_routes(http::Router& router, PresentationService& service, AccessTokens& tokens) {
  router.add({.method = "POST",
              .pattern = "/api/v1/partner/requests",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return create(service, tokens, r); }),
              .body_type = "application/json"});
  router.add({.method = "GET",
              .pattern = "/api/v1/partner/requests/{id}",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return show_state(service, tokens, r, p); })});
  router.add({.method = "POST",
              .pattern = "/api/v1/partner/requests/{id}/answer",
              .handler = answer_or_refuse([&](const ServerRequest& r, const PathParameters& p) {
                return take_from_page(service, tokens, r, p);
              }),
              .body_bytes_max = oid4vp::kResponseBytesMax,
              .body_type = "application/json"});
  router.add({.method = "POST",
              .pattern = "/api/v1/partner/requests/{id}/result",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return hand_over(service, tokens, r, p); }),
              .body_type = "application/json"});
}

}  // namespace mibun::server
