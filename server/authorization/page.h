#pragma once

#include <string_view>

#include "core/base/result.h"
#include "platform/http/server.h"
#include "server/authorization/service.h"

namespace mibun::server {

// The page on which the person signs in and says yes or no, in Japanese or English. It has no inline script and no
// inline style, loads nothing from elsewhere, and cannot be framed.
http::ServerResponse question_page(const AuthorizationQuestion& question, std::string_view accept_language);

// The same page when there is nothing to ask: the request is over, or was never one. 400; nobody is redirected, because
// the address could be anybody's (RFC 6749, section 4.1.2.1).
http::ServerResponse refusal_page(ErrorCode code, std::string_view accept_language);

http::ServerResponse page_style();
http::ServerResponse page_script();

}  // namespace mibun::server
