#pragma once

#include <vector>

#include "core/codecs/http_message.h"
#include "platform/http/server.h"

namespace mibun::server {

// Between the server's messages and those of the protocol floors, which know no sockets.
std::vector<HttpHeader> headers_of(const http::ServerRequest& request);
http::ServerResponse to_server_response(HttpResponse response);

}  // namespace mibun::server
