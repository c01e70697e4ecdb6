#pragma once

#include "platform/http/router.h"
#include "server/demo/demonstration.h"

namespace mibun::server {

// POST /demo/passport: the SIMULATED chip of the demonstration, in the place of the reader that a browser has not.
// {"challenge": base64url of 8 bytes} -> {"simulated": true, "files": {"EF.SOD": base64url, ...}, "signature":
// base64url} `passport` must outlive the router.
void add_passport_route(http::Router& router, const SimulatedPassport& passport);

}  // namespace mibun::server
