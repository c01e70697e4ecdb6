#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/time.h"
#include "platform/database/database.h"
#include "platform/http/router.h"
#include "platform/metrics/metrics.h"
#include "server/operations/backup_health.h"

namespace mibun::server {

// Whether the clock is disciplined: adjtimex(2). Part of readiness (promise WP-12b).
struct ClockState {
  bool synchronised = false;
  std::int64_t error_bound_milliseconds = 0;
};
ClockState read_clock_state();

// / (what runs here), /openapi.json, /healthz, /readyz, /metrics, /.well-known/mibun-trust.json (`trust_list`).
// `backups`: null when nothing here makes any.
void add_operations_routes(http::Router& router, database::Database& database, const metrics::Metrics& metrics,
                           std::string trust_list, std::shared_ptr<const BackupHealth> backups);

// The API description, embedded.
std::string_view openapi_json();

}  // namespace mibun::server
