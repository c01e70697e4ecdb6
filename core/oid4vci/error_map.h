#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/codecs/http_message.h"

namespace mibun::oid4vci {

// Where an error is told. The same fault has another status at a protected resource (RFC 9449, section 7.1).
enum class Endpoint { token, credential };

struct ProtocolError {
  int status;
  std::string_view error;        // of RFC 6749 5.2, RFC 6750 3.1, RFC 9449, OpenID4VCI 8.3.1.2; empty: a bare challenge
  std::string_view description;  // ASCII, a constant sentence: nothing of the request comes back
};

// The one table from our codes to what the wire says. A code that is not in it is our own failure (500 or 503).
ProtocolError protocol_error(ErrorCode code, Endpoint endpoint);

// The code for an error name received; nullopt when we do not know it.
std::optional<ErrorCode> code_of_protocol_error(std::string_view error);

// The whole answer: JSON body, Cache-Control: no-store, and at the credential endpoint with 401 the DPoP challenge.
// `dpop_nonce` goes into DPoP-Nonce when given.
HttpResponse error_response(const Error& error, Endpoint endpoint, std::optional<std::string_view> dpop_nonce = {});

// The receiving side: {"error":"invalid_grant", ...} or the challenge becomes our code; anything else is
// oid4vci_response_malformed. Never succeeds: it names what the server said.
Error error_from_response(const HttpResponse& response);

}  // namespace mibun::oid4vci
