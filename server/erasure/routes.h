#pragma once

#include "platform/http/router.h"
#include "server/erasure/service.h"
#include "server/registration/accounts.h"

namespace mibun::server {

// DELETE /api/v1/account.
void add_erasure_routes(http::Router& router, ErasureService& service, AssertionGate& gate);

}  // namespace mibun::server
