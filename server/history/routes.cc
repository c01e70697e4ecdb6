#include "server/history/routes.h"

#include <algorithm>

#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

constexpr std::size_t kSealedBytesMax = 16 * 1024;

// A compact JWE by its shape: five parts of base64url. Nobody here can open it.
bool is_compact_jwe(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return std::ranges::count(text, '.') == 4 && std::ranges::all_of(text, is_allowed);
}

Result<http::ServerResponse> list(HistoryService& service, AssertionGate& gate, const http::ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  json::Object body;
  MIBUN_TRY(body["events"], service.events(account.id));
  return json_answer(json::serialize(body));
}

Result<http::ServerResponse> keep(HistoryService& service, AssertionGate& gate, const http::ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto sealed = reader.string("sealed");
  if (!sealed || !reader.finish() || sealed->size() > kSealedBytesMax || !is_compact_jwe(*sealed)) {
    return fail(ErrorCode::request_malformed, "body.sealed", "one member, a compact JWE");
  }
  MIBUN_TRY(const HistoryService::Kept kept, service.keep_wallet_event(account.id, *sealed));
  json::Object answer;
  answer["id"] = kept.id;
  answer["at"] = to_jst_string(kept.at);
  return json_answer(json::serialize(answer), 201);
}

}  // namespace

void add_history_routes(http::Router& router, HistoryService& service, AssertionGate& gate) {
  router.add(
      {.method = "GET",
       .pattern = "/api/v1/history",
       .handler = answer_or_refuse([&](const http::ServerRequest& request) { return list(service, gate, request); }),
       .body_type = "",
       .cors = true});
  router.add(
      {.method = "POST",
       .pattern = "/api/v1/history",
       .handler = answer_or_refuse([&](const http::ServerRequest& request) { return keep(service, gate, request); }),
       .body_type = "application/json",
       .cors = true});
}

}  // namespace mibun::server
