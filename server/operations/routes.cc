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

ServerResponse ready(database::Database& database, const BackupHealth* backups) {
  const ClockState clock = read_clock_state();
  const auto readable = database.read([](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.rows("SELECT 1"));
    return {};
  });
  json::Object body;
  body["status"] = readable ? "ready" : "not_ready";
  body["database"] = readable ? "ok" : "unavailable";
  // Told, not enforced: a container without the right to discipline its clock still serves.
  body["clock"] = clock.synchronised ? "synchronised" : "unsynchronised";
  body["clock_error_bound_milliseconds"] = clock.error_bound_milliseconds;
  if (backups != nullptr) body["backup"] = to_string(backups->state());
  return json_answer(json::serialize(body), readable ? 200 : 503);
}

}  // namespace

std::string_view to_string(BackupHealth::State state) {
  switch (state) {
    case BackupHealth::State::waiting:
      return "waiting";
    case BackupHealth::State::ok:
      return "ok";
    case BackupHealth::State::failed:
      return "failed";
    case BackupHealth::State::late:
      return "late";
    case BackupHealth::State::too_few:
      return "too_few_verified";
  }
  MIBUN_INVARIANT(false);
  return {};
}

std::string_view openapi_json() {
  return assets::openapi_json();
}

void add_operations_routes(http::Router& router, database::Database& database, const metrics::Metrics& metrics,
                           std::string trust_list, std::shared_ptr<const BackupHealth> backups) {
  const auto get = [&](std::string pattern, http::RouteHandler handler, bool cors = false) {
    router.add({.method = "GET", .pattern = std::move(pattern), .handler = std::move(handler), .cors = cors});
  };
  get("/", [](const ServerRequest&, const PathParameters&) { return landing_page(); });
  get("/openapi.json", [](const ServerRequest&, const PathParameters&) {
    return page("application/json", assets::openapi_json(), "no-cache");
  });
  get("/healthz", [](const ServerRequest&, const PathParameters&) { return json_answer(R"({"status":"ok"})"); });
  get("/readyz", [&database, backups = std::move(backups)](const ServerRequest&, const PathParameters&) {
    return ready(database, backups.get());
  });
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
