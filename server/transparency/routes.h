#pragma once

#include "platform/http/router.h"
#include "server/transparency/operation_log.h"

namespace mibun::server {

inline constexpr std::string_view kLogPath = "/log";

// The log as everybody can read it, C2SP tlog-tiles: /log/checkpoint, /log/tile/{+tile}; and proofs for those who do
// not want to make them out of tiles: /log/proof/inclusion?index=..&size=.., /log/proof/consistency?from=..&to=..
void add_log_routes(http::Router& router, OperationLog& log);

}  // namespace mibun::server
