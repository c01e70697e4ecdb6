#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/authorization/service.h"
#include "server/registration/accounts.h"

namespace mibun::server {

// POST /oauth/par, GET /oauth/authorize with its style and script, the person's answer by POST
// /api/v1/authorizations/{id}/approval or refusal, and the server's metadata.
void add_authorization_routes(http::Router& router, AuthorizationService& service, ClientAuthenticator& authenticator,
                              ServerProofs& proofs, AssertionGate& gate);

}  // namespace mibun::server
