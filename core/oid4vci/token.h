#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::oid4vci {

// grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code: OpenID4VCI 1.0, section 6.1.
struct PreAuthorizedCodeRequest {
  std::string code;
  std::optional<std::string> tx_code;
  std::optional<std::string> client_id;  // absent: anonymous
};

// grant_type=client_credentials with private_key_jwt: RFC 6749 4.4, RFC 7523 2.2. For partners.
struct ClientCredentialsRequest {
  std::string client_assertion;  // not verified: see ClientAssertion
  std::optional<std::string> client_id;
  std::optional<std::string> scope;
};

using TokenRequest = std::variant<PreAuthorizedCodeRequest, ClientCredentialsRequest>;

// The form body. Unknown parameters are ignored (RFC 6749, section 3.2), repeated ones refused.
// Errors: oauth_invalid_request, oauth_unsupported_grant_type, oauth_invalid_client (a shared secret or another kind of
// client authentication).
Result<TokenRequest> parse_token_request(std::string_view body);
std::string to_form(const TokenRequest& request);

// RFC 6749, section 5.1. Of authorization_details (RFC 9396) only what the wallet must obey is read.
struct TokenResponse {
  struct Identifiers {
    std::string configuration_id;
    std::vector<std::string> credential_identifiers;
    friend bool operator==(const Identifiers&, const Identifiers&) = default;
  };
  std::string access_token;
  std::string token_type = "DPoP";
  std::optional<std::int64_t> expires_in_seconds;
  std::optional<std::string> scope;
  std::vector<Identifiers> authorization_details;  // read, never written

  json::Object to_json() const;
  // Errors: oid4vci_response_malformed.
  static Result<TokenResponse> parse(std::string_view text);
};

}  // namespace mibun::oid4vci
