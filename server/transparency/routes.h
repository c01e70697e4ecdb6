#pragma once

#include "platform/http/router.h"
#include "server/transparency/cosigned_checkpoint.h"
#include "server/transparency/operation_log.h"

namespace mibun::server {

inline constexpr std::string_view kLogPath = "/log";

// The log as everybody can read it, C2SP tlog-tiles: /log/checkpoint, /log/tile/{+tile}; and proofs for those who do
// not want to make them out of tiles: /log/proof/inclusion?index=..&size=.., /log/proof/consistency?from=..&to=..; and
// /log/cosigned-checkpoint, the newest that witnesses signed, too: 404 while there is none.
void add_log_routes(http::Router& router, OperationLog& log, const CosignedCheckpoint& cosigned);

}  // namespace mibun::server
