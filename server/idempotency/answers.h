#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "platform/http/server.h"

namespace mibun::server {

// An answer as it is kept: {"status":200,"content_type":"...","headers":[["name","value"]]}, a line feed, the body.
Bytes to_kept(const http::ServerResponse& response);
// Errors: json_* (not ours).
Result<http::ServerResponse> from_kept(BytesView kept);

}  // namespace mibun::server
