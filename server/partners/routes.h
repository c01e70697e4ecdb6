#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/partners/service.h"

namespace mibun::server {

// GET and POST /api/v1/staff/partners.
void add_partner_registration_routes(http::Router& router, PartnerService& service, AccessTokens& tokens);

}  // namespace mibun::server
