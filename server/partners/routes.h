#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/partners/readers.h"
#include "server/partners/service.h"

namespace mibun::server {

// GET and POST /api/v1/staff/partners.
void add_partner_registration_routes(http::Router& router, PartnerService& service, AccessTokens& tokens);

// POST /api/v1/partner/readers; GET /api/v1/staff/readers, POST /api/v1/staff/readers/{id}/revocation; the revocation
// lists at readers_crl_path().
void add_reader_routes(http::Router& router, ReaderService& service, AccessTokens& tokens);

}  // namespace mibun::server
