#include "server/operations/routes.h"

#include "core/codecs/json.h"
#include "server/api/problem.h"
#include "server/operations/assets.h"

namespace mibun::server {
namespace {

ServerResponse page(std::string_view content_type, std::string_view body, std::string_view cache) {
  ServerResponse response;
  response.content_type = content_type;
  response.body = body;
  response.headers.push_back({"Cache-Control", std::string(cache)});
  return response;
}

// The landing page has one style sheet inside and no script; its hash is what the policy allows.
ServerResponse landing_page() {
  ServerResponse response = page("text/html; charset=utf-8", assets::landing_html(), "no-cache");
  response.headers.push_back({"Content-Security-Policy",
                              "default-src 'none'; style-src 'sha256-" + std::string(assets::landing_style_sha256()) +
                                  "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"});
  return response;
}

std::string_view word_for(database::Writing writing) {
  switch (writing) {
    case database::Writing::well:
      return "ok";
    case database::Writing::no_room:
      return "no_room";
    case database::Writing::stopped:
      break;
  }
  return "writes_stopped";
}

ServerResponse ready(database::Database& database) {
  const ClockState clock = read_clock_state();
  const auto readable = database.read([](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.rows("SELECT 1"));
    return {};
  });
  const database::Writing writing = database.writing();
  const bool is_ready = readable && writing == database::Writing::well;
  json::Object body;
  body["status"] = is_ready ? "ready" : "not_ready";
  body["database"] = readable ? word_for(writing) : "unavailable";
  // Told, not enforced: a container without the right to discipline its clock still serves.
  body["clock"] = clock.synchronised ? "synchronised" : "unsynchronised";
  body["clock_error_bound_milliseconds"] = clock.error_bound_milliseconds;
  return json_answer(json::serialize(body), is_ready ? 200 : 503);
}

}  // namespace

std::string_view openapi_json() {
  return assets::openapi_json();
}

void add_operations_routes(http::Router& router, database::Database& database, const metrics::Metrics& metrics,
                           std::string trust_list) {
  const auto get = [&](std::string pattern, http::RouteHandler handler, bool cors = false) {
    router.add({.method = "GET", .pattern = std::move(pattern), .handler = std::move(handler), .cors = cors});
  };
  get("/", [](const ServerRequest&, const PathParameters&) { return landing_page(); });
  get("/openapi.json", [](const ServerRequest&, const PathParameters&) {
    return page("application/json", assets::openapi_json(), "no-cache");
  });
  get("/healthz", [](const ServerRequest&, const PathParameters&) { return json_answer(R"({"status":"ok"})"); });
  get("/readyz", [&](const ServerRequest&, const PathParameters&) { return ready(database); });
  get("/metrics", [&](const ServerRequest&, const PathParameters&) {
    return page("text/plain; version=0.0.4; charset=utf-8", metrics.text(), "no-store");
  });
  get(
      "/.well-known/mibun-trust.json",
      [trust_list = std::move(trust_list)](const ServerRequest&, const PathParameters&) {
        return page("application/json", trust_list, "max-age=300");
      },
      true);
}

}  // namespace mibun::server
