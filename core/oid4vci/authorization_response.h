#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace mibun::oid4vci {

// How the person comes back to the wallet: RFC 6749, section 4.1.2, with "iss" of RFC 9207.
struct AuthorizationAnswer {
  std::string issuer;                // always sent
  std::optional<std::string> state;  // as the request had it

  // "<redirect_uri>?code=..&state=..&iss=.."; a query in the redirect_uri stays.
  std::string with_code(std::string_view redirect_uri, std::string_view code) const;
  // For a code of the table in error_map.h: "<redirect_uri>?error=access_denied&state=..&iss=.."
  std::string with_error(std::string_view redirect_uri, ErrorCode code) const;
};

// What the wallet remembers of the request that it sent the person away with.
struct RedirectPolicy {
  std::string_view redirect_uri;  // byte for byte what was sent
  std::string_view state;
  // The server that was asked. "iss" is demanded whatever its metadata says: a server that leaves it out could be
  // standing in for another one (mix-up, RFC 9207; HAIP 1.0, section 4).
  std::string_view issuer;
};

// The code in the redirect, when it is the answer to this request. Nothing else in it is believed before state and iss
// were compared. Errors: oauth_invalid_request (another address, malformed), oauth_state_mismatch,
// oauth_issuer_mismatch, oid4vci_response_malformed (neither code nor error), and what the server refused with
// (oauth_access_denied ...).
Result<std::string> read_redirect(std::string_view url, const RedirectPolicy& policy);

}  // namespace mibun::oid4vci
