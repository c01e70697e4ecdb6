#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/notices/public_notices.h"
#include "server/notices/push_outbox.h"
#include "server/notices/service.h"
#include "server/registration/accounts.h"

namespace mibun::server {

// GET /api/v1/notices, POST /api/v1/notices/{id}/read.
void add_notice_routes(http::Router& router, NoticeService& service, AssertionGate& gate);

// GET /api/v1/public-notices for everybody; GET and POST /api/v1/staff/public-notices and POST .../{id}/withdrawal.
void add_public_notice_routes(http::Router& router, PublicNotices& notices, AccessTokens& tokens);

// GET /api/v1/push-key for everybody; PUT and DELETE /api/v1/push-subscription.
void add_push_routes(http::Router& router, PushOutbox& outbox, AssertionGate& gate);

}  // namespace mibun::server
