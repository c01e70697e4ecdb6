#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/oid4vci/authorization_details.h"

namespace mibun::oid4vci {

inline constexpr std::string_view kAuthorizationCodeGrant = "authorization_code";
inline constexpr std::string_view kRefreshTokenGrant = "refresh_token";

// grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code: OpenID4VCI 1.0, section 6.1.
struct PreAuthorizedCodeRequest {
  std::string code;
  std::optional<std::string> tx_code;
  std::optional<std::string> client_id;      // absent: anonymous
  std::vector<AuthorizationDetail> details;  // of what the offer names, only these
};

// grant_type=authorization_code: RFC 6749, section 4.1.3 with RFC 7636.
struct AuthorizationCodeRequest {
  std::string code, redirect_uri, code_verifier;
  std::optional<std::string> client_id;
  std::vector<AuthorizationDetail> details;  // of what was authorized, only these
};

// grant_type=refresh_token: RFC 6749, section 6.
struct RefreshTokenRequest {
  std::string refresh_token;
  std::optional<std::string> client_id;
  std::vector<std::string> scopes;  // of what was granted, only these; empty: as before
};

// grant_type=client_credentials with private_key_jwt: RFC 6749 4.4, RFC 7523 2.2. For partners.
struct ClientCredentialsRequest {
  std::string client_assertion;  // not verified: see ClientAssertion
  std::optional<std::string> client_id;
  std::optional<std::string> scope;
};

using TokenRequest =
    std::variant<PreAuthorizedCodeRequest, AuthorizationCodeRequest, RefreshTokenRequest, ClientCredentialsRequest>;

// The form body. Unknown parameters are ignored (RFC 6749, section 3.2), repeated ones refused.
// Errors: oauth_invalid_request, oauth_unsupported_grant_type, oauth_invalid_scope,
// oauth_invalid_authorization_details, oauth_invalid_client (a shared secret or another kind of client authentication).
Result<TokenRequest> parse_token_request(std::string_view body);
std::string to_form(const TokenRequest& request);

// RFC 6749, section 5.1; RFC 9396, section 7.
struct TokenResponse {
  std::string access_token;
  std::string token_type = "DPoP";
  std::optional<std::int64_t> expires_in_seconds;
  std::optional<std::string> scope;
  std::vector<AuthorizationDetail>
      authorization_details;  // with credential_identifiers, which the wallet must then use
  std::optional<std::string> refresh_token;

  json::Object to_json() const;
  // Errors: oid4vci_response_malformed.
  static Result<TokenResponse> parse(std::string_view text);
};

}  // namespace mibun::oid4vci
