#pragma once

#include "platform/http/router.h"
#include "server/demo/demo_verifier.h"

namespace mibun::server {

// /demo/verifier: the page in both languages and what its script calls.
void add_demo_verifier_routes(http::Router& router, DemoVerifier& verifier);

}  // namespace mibun::server
