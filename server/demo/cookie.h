#pragma once

#include <optional>
#include <string_view>

#include "platform/http/server.h"

namespace mibun::server {

// The value of the first cookie of this name that the browser sent (RFC 6265, section 5.4); none without it. The text
// is the request's.
std::optional<std::string_view> cookie_of(const http::ServerRequest& request, std::string_view name);

}  // namespace mibun::server
