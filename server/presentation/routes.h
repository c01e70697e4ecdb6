#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/presentation/service.h"

namespace mibun::server {

// The wallet's side, with the specification's own errors: /oid4vp/requests/{id}, /oid4vp/responses/{id},
// /oid4vp/partners/{id}/responses, /oid4vp/receipts/{hash}.
void add_wallet_presentation_routes(http::Router& router, PresentationService& service);
// The partner's side, our own API: /api/v1/partner/requests...
void add_partner_request_routes(http::Router& router, PresentationService& service, AccessTokens& tokens);

}  // namespace mibun::server
