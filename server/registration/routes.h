#pragma once

#include "platform/http/router.h"
#include "server/issuance/offers.h"
#include "server/registration/service.h"

namespace mibun::server {

// /api/v1/registrations, /api/v1/assertions, /api/v1/account, /api/v1/account/keys, /api/v1/account/terms,
// /api/v1/revocations.
void add_registration_routes(http::Router& router, RegistrationService& service, CredentialRevoker& revoker);

}  // namespace mibun::server
