#pragma once

#include "platform/http/router.h"
#include "server/moving/service.h"
#include "server/registration/accounts.h"

namespace mibun::server {

// /api/v1/moves: begun and confirmed by the old device, completed by the new one, each with its key. In between each
// side shows the token that it made for itself.
void add_moving_routes(http::Router& router, MovingService& service, AssertionGate& gate);

}  // namespace mibun::server
