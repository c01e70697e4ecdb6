#include "server/history/routes.h"

#include <algorithm>

#include "server/api/body.h"
#include "server/api/problem.h"

namespace mibun::server {
namespace {

constexpr std::size_t kSealedBytesMax = 16 * 1024;
constexpr std::size_t kEventsMax = 50;
constexpr std::size_t kEventIdBytesMin = 16, kEventIdBytesMax = 64;
constexpr std::size_t kBodyBytesMax = kEventsMax * (kSealedBytesMax + 256);

bool is_base64url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// A compact JWE by its shape: five parts of base64url. Nobody here can open it.
bool is_compact_jwe(std::string_view text) {
  return text.size() <= kSealedBytesMax && std::ranges::count(text, '.') == 4 &&
         std::ranges::all_of(text, [](char c) { return is_base64url(c) || c == '.'; });
}

bool is_event_id(std::string_view text) {
  return text.size() >= kEventIdBytesMin && text.size() <= kEventIdBytesMax && std::ranges::all_of(text, is_base64url);
}

std::unexpected<Error> wrong_at(std::string where) {
  return malformed(std::move(where), "one compact JWE as sealed, or 1 to 50 events with id and sealed");
}

using WalletEvents = std::vector<HistoryService::WalletEvent>;

Result<WalletEvents> read_events(const json::Array& array) {
  if (array.empty() || array.size() > kEventsMax) return wrong_at("body.events");
  WalletEvents events;
  for (const json::Value& element : array) {
    if (!element.is_object()) return wrong_at("body.events");
    json::ObjectReader reader(element.get_object(), "body.events");
    const auto id = reader.string("id");
    const auto sealed = reader.string("sealed");
    if (!id || !sealed || !reader.finish()) return wrong_at("body.events");
    if (!is_event_id(*id)) return wrong_at("body.events.id");
    if (!is_compact_jwe(*sealed)) return wrong_at("body.events.sealed");
    events.push_back({std::string(*id), std::string(*sealed)});
  }
  return events;
}

json::Object to_json(const HistoryService::Kept& kept) {
  return {{"id", kept.id}, {"at", to_jst_string(kept.at)}};
}

Answer list(HistoryService& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  json::Object body;
  MIBUN_TRY(body["events"], service.events(account.id));
  return json_answer(json::serialize(body));
}

// {"sealed"} -> {"id","at"}, or {"events": [{"id","sealed"}]} -> {"events": [{"id","at"}]}.
Answer keep(HistoryService& service, AssertionGate& gate, const ServerRequest& request) {
  MIBUN_TRY(const Account account, gate.require(request));
  MIBUN_TRY(const json::Object body, read_json_body(request, {.bytes_max = kBodyBytesMax}));
  json::ObjectReader reader(body, "body");
  const auto sealed = reader.optional_string("sealed");
  const auto array = reader.optional_array("events");
  if (!sealed || !array || !reader.finish() || sealed->has_value() == (*array != nullptr)) return wrong_at("body");
  WalletEvents events;
  if (*sealed) {
    if (!is_compact_jwe(**sealed)) return wrong_at("body.sealed");
    events.push_back({"", std::string(**sealed)});
  } else {
    MIBUN_TRY(events, read_events(**array));
  }
  MIBUN_TRY(const auto kept, service.keep_wallet_events(account, events));
  if (*sealed) return json_answer(json::serialize(to_json(kept.front())), 201);
  json::Array rows;
  for (const HistoryService::Kept& one : kept) rows.push_back(to_json(one));
  return json_answer(json::serialize(json::Object{{"events", std::move(rows)}}), 201);
}

}  // namespace

void add_history_routes(http::Router& router, HistoryService& service, AssertionGate& gate) {
  router.add({.method = "GET",
              .pattern = "/api/v1/history",
              .handler = answer_or_refuse([&](const ServerRequest& request) { return list(service, gate, request); }),
              .body_type = "",
              .cors = true});
  router.add({.method = "POST",
              .pattern = "/api/v1/history",
              .handler = answer_or_refuse([&](const ServerRequest& request) { return keep(service, gate, request); }),
              .body_bytes_max = kBodyBytesMax,
              .body_type = "application/json",
              .cors = true});
}

}  // namespace mibun::server
