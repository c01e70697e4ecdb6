#include "server/deletion_requests/routes.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

using Service = DeletionRequestService;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kBodyBytesMax = receipt::kReceiptBytesMax + 1024;
constexpr std::string_view kBearer = "Bearer ";

const std::string& id_of(const PathParameters& parameters) {
  return parameters.find("id")->second;
}

// What the wallet hears: nothing that it does not know, and how far it is.
json::Object state_json(const Service::Request& request, Instant now) {
  json::Object object{{"deletion_id", request.deletion_id},
                      {"state", to_string(request.state_at(now))},
                      {"asked_at", to_jst_string(request.asked_at)},
                      {"due_at", to_jst_string(request.due_at)}};
  if (request.done_at) object["done_at"] = to_jst_string(*request.done_at);
  return object;
}

// What the partner hears: which of its receipts it is about.
json::Object partner_json(const Service::Request& request, Instant now) {
  json::Object object = state_json(request, now);
  object["receipt_id"] = request.receipt_id;
  object["consent_hash"] = request.consent_hash;
  object["shared_at"] = to_jst_string(request.shared_at);
  return object;
}

bool is_secret(std::string_view text) {
  const auto bytes = base64url::decode(text);
  return bytes && bytes->size() == kSecretBytes;
}

Answer ask(Service& service, const Clock& clock, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request, {.bytes_max = kBodyBytesMax}));
  json::ObjectReader reader(body, "body");
  const auto receipt = reader.string("receipt");
  const auto secret = reader.string("secret");
  if (!receipt || !secret || !reader.finish() || !is_secret(*secret)) {
    return malformed("body", "the members are receipt and secret (32 bytes, base64url)");
  }
  MIBUN_TRY(const auto asked, service.ask(*receipt, *secret));
  return json_answer(json::serialize(state_json(asked, clock.now())), 201);
}

Answer show(Service& service, const Clock& clock, const ServerRequest& request, const PathParameters& parameters) {
  const std::string_view authorization = request.header("authorization").value_or("");
  if (!authorization.starts_with(kBearer)) return fail(ErrorCode::deletion_request_not_found, "Authorization");
  MIBUN_TRY(const auto found, service.find(id_of(parameters), authorization.substr(kBearer.size())));
  return json_answer(json::serialize(state_json(found, clock.now())));
}

Answer list(Service& service, AccessTokens& tokens, const Clock& clock, const ServerRequest& request) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopePartner));
  MIBUN_TRY(const auto requests, service.list(grant.subject));
  json::Array rows;
  for (const Service::Request& one : requests) rows.push_back(partner_json(one, clock.now()));
  return json_answer(json::serialize(json::Object{{"deletion_requests", std::move(rows)}}));
}

Answer answer(Service& service, AccessTokens& tokens, const Clock& clock, const ServerRequest& request,
              const PathParameters& parameters) {
  MIBUN_TRY(const Grant grant, tokens.require(request, kScopePartner));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto state = reader.string("state");
  if (!state || !reader.finish() || (*state != "received" && *state != "done")) {
    return malformed("body.state", "received or done");
  }
  const auto said = *state == "done" ? Service::Answer::done : Service::Answer::received;
  MIBUN_TRY(const auto answered, service.answer(grant.subject, id_of(parameters), said));
  return json_answer(json::serialize(partner_json(answered, clock.now())));
}

}  // namespace

void add_deletion_request_routes(http::Router& router, DeletionRequestService& service, AccessTokens& tokens,
                                 const Clock& clock) {
  router.add({.method = "POST",
              .pattern = "/api/v1/deletion-requests",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return ask(service, clock, r); }),
              .body_bytes_max = kBodyBytesMax,
              .body_type = "application/json",
              .cors = true});
  router.add({.method = "GET",
              .pattern = "/api/v1/deletion-requests/{id}",
              .handler = answer_or_refuse(
                  [&](const ServerRequest& r, const PathParameters& p) { return show(service, clock, r, p); }),
              .cors = true});
  router.add({.method = "GET",
              .pattern = "/api/v1/partner/deletion-requests",
              .handler = answer_or_refuse([&](const ServerRequest& r) { return list(service, tokens, clock, r); })});
  router.add({.method = "POST",
              .pattern = "/api/v1/partner/deletion-requests/{id}",
              .handler = answer_or_refuse([&](const ServerRequest& r, const PathParameters& p) {
                return answer(service, tokens, clock, r, p);
              }),
              .body_type = "application/json"});
}

}  // namespace mibun::server
