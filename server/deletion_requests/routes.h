#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/deletion_requests/service.h"

namespace mibun::server {

// POST /api/v1/deletion-requests and GET .../{id}: the wallet's, without an account. GET
// /api/v1/partner/deletion-requests and POST .../{id}: the partner's.
void add_deletion_request_routes(http::Router& router, DeletionRequestService& service, AccessTokens& tokens,
                                 const Clock& clock);

}  // namespace mibun::server
