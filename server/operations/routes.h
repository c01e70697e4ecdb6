#pragma once

#include <functional>
#include <string>

#include "core/base/time.h"
#include "platform/database/database.h"
#include "platform/http/router.h"
#include "platform/metrics/metrics.h"
#include "server/clock/watch.h"
#include "server/transparency/operation_log.h"

namespace mibun::server {

// / (what runs here), /openapi.json, /healthz, /readyz, /metrics, /.well-known/mibun-trust.json (`trust_list`).
// The clock's state is part of readiness (promise WP-12b).
void add_operations_routes(http::Router& router, database::Database& database, ClockWatch& clock, OperationLog& log,
                           metrics::Metrics& metrics, std::string trust_list);

// The API description, embedded.
std::string_view openapi_json();

}  // namespace mibun::server
