#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "platform/http/router.h"
#include "platform/http/server.h"

namespace mibun::server {

inline constexpr std::string_view kIdempotencyKeyHeader = "Idempotency-Key";
// Of an answer that was given before.
inline constexpr std::string_view kRepeatedAnswerHeader = "Mibun-Repeated-Answer";

// The key of a request; none when it has none. 16 to 64 of [A-Za-z0-9_-], as the string of a structured field
// ("\"8e03978e-...\"", draft-ietf-httpapi-idempotency-key-header-07, section 2.1) or bare, as many programs send it:
// the same key. Errors: idempotency_key_malformed (also: the header stands twice).
Result<std::optional<std::string>> read_idempotency_key(const http::ServerRequest& request);

// Whether a route keeps its answer for requests with a key: what changes something of our own API. Not the protocols'
// endpoints: they are not ours to extend, and each of their requests carries something that is used once. Nor the
// challenges that come before each request of an account: whoever lost one asks for another.
bool keeps_answers(const http::Route& route);

}  // namespace mibun::server
