#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "platform/http/server.h"

namespace mibun::server {

// An error of the authorization server's own endpoints, as OAuth says it, with the nonce for the next try
// where one is asked for. A private
// key that was sent and a service that cannot answer are told as everywhere. `event`: of the log line.
http::ServerResponse refuse_at_server(std::string_view event, const Error& error, const http::ServerRequest& request,
                                      std::optional<std::string_view> dpop_nonce);

}  // namespace mibun::server
