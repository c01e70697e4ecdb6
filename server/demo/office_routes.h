#pragma once

#include "platform/http/router.h"
#include "server/demo/office_sessions.h"

namespace mibun::server {

// The office's page in both languages, its files, and /api/office/session: who sits here. `sessions` must outlive the
// router. What reviewers do there are the routes of server/proofing, asked with that session.
void add_office_routes(http::Router& router, OfficeSessions& sessions);

}  // namespace mibun::server
