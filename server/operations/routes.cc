#include "server/operations/routes.h"

#include "core/codecs/json.h"
#include "platform/keyd/health.h"
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

std::string_view health_of(const OperationLog& log) {
  switch (log.health()) {
    case log_tree::WriterHealth::whole:
      return "whole";
    case log_tree::WriterHealth::degraded:
      return "degraded";
    case log_tree::WriterHealth::refusing:
      break;
  }
  return "refusing";
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

std::string_view word_for(keyd::KeysHealth health) {
  switch (health) {
    case keyd::KeysHealth::ok:
      return "ok";
    case keyd::KeysHealth::token_failed:
      return "token_failed";
    case keyd::KeysHealth::unavailable:
      break;
  }
  return "unavailable";
}

// Files of people's evidence without any good copy.
Result<std::int64_t> lost_files(database::Database& database) {
  MIBUN_TRY(const auto row, database.row("SELECT COUNT(*) FROM lost_files JOIN evidence_files USING (file_id)"));
  return row->integer(0);
}

ServerResponse ready(const OperationsParts& parts) {
  const ClockState clock = parts.clock.look();
  const auto readable = parts.database.read([](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.rows("SELECT 1"));
    return {};
  });
  // While the log takes nothing, nothing is done; what is public is served to whoever still asks.
  const database::Writing writing = parts.database.writing();
  const bool is_ready =
      readable && writing == database::Writing::well && parts.log.health() != log_tree::WriterHealth::refusing;
  // A clock that is off is no reason to send people elsewhere for what is only read: where it counts, routes refuse.
  const bool off = clock.status == ClockStatus::degraded || clock.status == ClockStatus::stopped;
  // The same holds for keys that are away: what needs none is served, and they are away for every server beside this.
  const keyd::KeysHealth keys = keyd::health_of(parts.keys);
  json::Object body;
  // Nor is a key service that is being started again: it is back before anybody was sent anywhere.
  const bool starts = parts.key_service != nullptr && !parts.key_service->is_running();
  body["status"] = !is_ready ? "not_ready" : off || starts || keys != keyd::KeysHealth::ok ? "degraded" : "ready";
  body["database"] = readable ? word_for(writing) : "unavailable";
  body["log"] = health_of(parts.log);
  body["keys"] = starts ? std::string_view("starting") : word_for(keys);
  body["clock"] = to_string(clock.status);
  if (clock.error_bound) {
    body["clock_error_bound_milliseconds"] = std::chrono::ceil<milliseconds>(*clock.error_bound).count();
  }
  if (clock.jumped) body["clock_jumped_seconds"] = std::chrono::floor<seconds>(*clock.jumped).count();
  // Something is gone for good, and somebody has to look; what is there is served.
  const auto lost = lost_files(parts.database);
  body["files"] = !lost ? "unknown" : *lost == 0 ? "ok" : "lost";
  if (lost && *lost > 0) body["files_lost"] = *lost;
  if (parts.backups != nullptr) body["backup"] = to_string(parts.backups->state());
  return json_answer(json::serialize(body), is_ready ? 200 : 503);
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

void add_operations_routes(http::Router& router, OperationsParts parts,
                           std::function<Result<std::string>()> trust_list) {
  const auto get = [&](std::string pattern, http::RouteHandler handler, bool cors = false) {
    router.add({.method = "GET", .pattern = std::move(pattern), .handler = std::move(handler), .cors = cors});
  };
  get("/", [](const ServerRequest&, const PathParameters&) { return landing_page(); });
  get("/openapi.json", [](const ServerRequest&, const PathParameters&) {
    return page("application/json", assets::openapi_json(), "no-cache");
  });
  get("/healthz", [](const ServerRequest&, const PathParameters&) { return json_answer(R"({"status":"ok"})"); });
  get("/readyz", [parts](const ServerRequest&, const PathParameters&) { return ready(parts); });
  get("/metrics", [&metrics = parts.metrics, &log = parts.log, &database = parts.database](const ServerRequest&,
                                                                                           const PathParameters&) {
    if (const auto lost = lost_files(database)) metrics.set("files_lost", static_cast<double>(*lost));
    metrics.set("log_entries", static_cast<double>(log.size()));
    metrics.set("log_health", static_cast<double>(log.health()));  // 0 whole, 1 degraded, 2 refusing
    return page("text/plain; version=0.0.4; charset=utf-8", metrics.text(), "no-store");
  });
  get("/.well-known/mibun-trust.json",
      answer_or_refuse([trust_list = std::move(trust_list)](const ServerRequest&, const PathParameters&) -> Answer {
        MIBUN_TRY(std::string list, trust_list());
        return page("application/json", std::move(list), "max-age=300");
      }),
      true);
}

}  // namespace mibun::server
