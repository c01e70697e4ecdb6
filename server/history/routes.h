#pragma once

#include "platform/http/router.h"
#include "server/history/service.h"
#include "server/registration/accounts.h"

namespace mibun::server {

// GET and POST /api/v1/history.
void add_history_routes(http::Router& router, HistoryService& service, AssertionGate& gate);

}  // namespace mibun::server
