#pragma once

#include "platform/http/server.h"

namespace mibun::http {

// Gives an answer the headers that every answer has: HSTS, nosniff, no referrer, a Content-Security-Policy that allows
// nothing, opener and resource isolation, no-store. A header that the handler set itself stays as it is.
// `cors`: also lets a page of any origin read the answer, without credentials.
void add_security_headers(ServerResponse& response, bool cors);

// The answer to a browser's preflight for these methods: "GET, POST".
ServerResponse make_preflight_answer(std::string_view methods);

}  // namespace mibun::http
