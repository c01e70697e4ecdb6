#pragma once

#include "core/base/time.h"
#include "platform/http/server.h"
#include "platform/log_tree/witness.h"

namespace mibun::cli {

// A witness over HTTP: C2SP tlog-witness, whose one call is POST <prefix>/add-checkpoint; the prefix is the origin. 404
// for whatever else, 405 for another method. Refusals say why in a line of text.
http::ServerResponse answer_log(log_tree::Witness& witness, const http::ServerRequest& request, Instant now);

// Of a request that no handler saw.
http::ServerResponse refuse_log(int status, std::string_view reason);

// With the limits of that call: a larger body is 413 before it is read.
http::ServerOptions witness_server_options(std::string address, std::uint16_t port);

}  // namespace mibun::cli
