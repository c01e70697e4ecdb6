#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/time.h"
#include "platform/database/database.h"
#include "platform/http/router.h"
#include "platform/keyd/keyd.h"
#include "platform/metrics/metrics.h"
#include "server/clock/watch.h"
#include "server/operations/backup_health.h"
#include "server/operations/key_service_health.h"
#include "server/transparency/operation_log.h"

namespace mibun::server {

// / (what runs here), /openapi.json, /healthz, /readyz, /metrics, /.well-known/mibun-trust.json (`trust_list`).
// The clock's state is part of readiness (promise WP-12b).
struct OperationsParts {
  database::Database& database;
  ClockWatch& clock;
  OperationLog& log;
  metrics::Metrics& metrics;
  std::shared_ptr<const BackupHealth> backups;  // null when nothing here makes any
  keyd::KeyHolder& keys;                        // the holder itself, without what stands before it
  // null when this server has not started the key service itself
  std::shared_ptr<const KeyServiceHealth> key_service;
};
void add_operations_routes(http::Router& router, OperationsParts parts,
                           std::function<Result<std::string>()> trust_list);

// The API description, embedded.
std::string_view openapi_json();

}  // namespace mibun::server
