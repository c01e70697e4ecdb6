#pragma once

#include "platform/http/router.h"
#include "server/access/access.h"
#include "server/issuance/service.h"

namespace mibun::server {

// OpenID4VCI 1.0: metadata, /oid4vci/nonce, /oid4vci/credential, /oid4vci/notification; /status/{id}, and the
// revocation list that the IACA's certificates name.
void add_issuance_routes(http::Router& router, IssuanceService& service, StatusLists& status_lists,
                         AccessTokens& tokens, const Trust& trust, const Clock& clock, std::string public_origin);

}  // namespace mibun::server
