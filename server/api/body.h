#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "platform/http/server.h"

namespace mibun::server {

// The JSON object of a request to our own API. A private key anywhere in it is refused before anything else looks at
// the body, and never logged (promise WP-07a). Errors: private_key_rejected, request_malformed.
Result<json::Object> read_json_body(const http::ServerRequest& request, const json::Limits& limits = {});

// A private key in any of the forms people send by mistake: PEM, PKCS#8 or SEC1 in base64, and in a JSON object, at any
// depth, also a JWK with private members. Errors: private_key_rejected.
Status refuse_private_keys(std::string_view text);
// The same for each field of a form. Errors: private_key_rejected.
Status refuse_private_keys_in_form(std::string_view body);

// request_malformed. `where`: "body.challenge"; `detail`: what is expected there, for a developer.
std::unexpected<Error> malformed(std::string where, std::string detail);

// Our own API says request_malformed for every codec error; the place is kept, for the log.
Error as_malformed(Error error);

}  // namespace mibun::server
