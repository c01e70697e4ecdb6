#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/legal_hold/service.h"

namespace mibun::server {

// GET /api/v1/staff/legal-holds, GET /api/v1/staff/legal-hold-openings[/{id}] and the steps of an opening. None of them
// has a value in it that the server could read.
void add_legal_hold_routes(http::Router& router, LegalHoldService& service, AccessTokens& tokens);

}  // namespace mibun::server
