#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/oid4vci/authorization_details.h"
#include "core/oid4vci/pkce.h"

namespace mibun::oid4vci {

// What a wallet pushes to the authorization server before it sends the person there: RFC 9126 with response_type=code,
// PKCE S256 (RFC 7636), authorization_details (RFC 9396) or scopes, and issuer_state (OpenID4VCI 1.0, section 5.1).
struct AuthorizationRequest {
  std::string client_id;
  std::string redirect_uri;  // absolute, without fragment; whether it is the client's, the server knows
  CodeChallenge code_challenge;
  std::vector<std::string> scopes;  // scopes and details: not both empty
  std::vector<AuthorizationDetail> details;
  std::optional<std::string> state, issuer_state;
  std::optional<std::string> dpop_jkt;  // RFC 9449, section 10: the key that the code will be redeemed with
  std::optional<std::string> resource;  // RFC 8707: the credential issuer meant

  // The form body. Unknown parameters are ignored (RFC 6749, section 3.1), repeated ones refused.
  // Errors: oauth_invalid_request (also: request_uri or request inside, no code_challenge, a method other than S256,
  // another response_mode than query), oauth_unsupported_response_type, oauth_invalid_scope (malformed, or neither
  // scope nor details), oauth_invalid_authorization_details, oauth_invalid_client (a shared secret).
  static Result<AuthorizationRequest> parse(std::string_view body);
  std::string to_form() const;
  friend bool operator==(const AuthorizationRequest&, const AuthorizationRequest&) = default;
};

// RFC 9126, section 2.2: {"request_uri":"urn:ietf:params:oauth:request_uri:..","expires_in":90}
struct PushedAuthorization {
  std::string request_uri;
  std::chrono::seconds expires_in{};

  json::Object to_json() const;
  // Errors: oid4vci_response_malformed.
  static Result<PushedAuthorization> parse(std::string_view text);
  friend bool operator==(const PushedAuthorization&, const PushedAuthorization&) = default;
};

inline constexpr std::string_view kRequestUriPrefix = "urn:ietf:params:oauth:request_uri:";

// Where the person is sent: client_id and request_uri, and nothing else that could be believed (RFC 9126, section 4).
struct AuthorizeQuery {
  std::string client_id, request_uri;

  // `query`: of the request line. What else stands there is ignored. Errors: oauth_invalid_request (client_id or
  // request_uri missing), oauth_invalid_request_uri (not of our form).
  static Result<AuthorizeQuery> parse(std::string_view query);
  // `endpoint`: the metadata's authorization_endpoint, which may have a query of its own.
  std::string to_url(std::string_view endpoint) const;
};

// "a b" -> {"a","b"}: RFC 6749, section 3.3, at most 20 of them. Errors: oauth_invalid_scope.
Result<std::vector<std::string>> parse_scope(std::string_view text);
std::string to_scope(const std::vector<std::string>& scopes);

}  // namespace mibun::oid4vci
