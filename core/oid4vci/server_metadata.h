#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"

namespace mibun::oid4vci {

// RFC 8414 with what OpenID4VCI 1.0 (section 12.3), RFC 7523, RFC 9126, RFC 9207, RFC 9449 and
// attestation-based client authentication (section 10.1) add.
struct AuthorizationServerMetadata {
  std::string issuer;
  std::string token_endpoint;
  std::vector<std::string> grant_types;
  std::vector<std::string> token_endpoint_auth_methods;
  std::vector<std::string> dpop_algorithms;
  bool anonymous_pre_authorized = false;  // pre-authorized_grant_anonymous_access_supported
  // The authorization code flow; absent together where a server does not offer it.
  std::optional<std::string> authorization_endpoint;
  std::optional<std::string> pushed_authorization_request_endpoint;
  bool pushed_authorization_requests_required = false;
  std::vector<std::string> response_types;
  std::vector<std::string> code_challenge_methods;
  std::vector<std::string> scopes;
  std::vector<std::string> authorization_details_types;
  bool iss_in_response = false;  // authorization_response_iss_parameter_supported
  // Attestation-based client authentication: how attestations and proofs are signed; absent where it is not taken.
  std::vector<std::string> client_attestation_algorithms;
  std::optional<std::string> challenge_endpoint;
  // A JWT with the same members, which go before those beside it (RFC 8414, section 2.1); as it was read.
  std::optional<std::string> signed_metadata;

  json::Object to_json() const;
  // `expected_issuer`: where it was fetched from; the text must say the same, byte for byte.
  // Errors: oid4vci_metadata_malformed, oid4vci_issuer_mismatch.
  static Result<AuthorizationServerMetadata> parse(std::string_view text, std::string_view expected_issuer);
  friend bool operator==(const AuthorizationServerMetadata&, const AuthorizationServerMetadata&) = default;
};

// RFC 8414, section 3: the well-known part goes between host and path, whose terminating "/" is left out.
Result<std::string> authorization_server_metadata_url(std::string_view issuer);

}  // namespace mibun::oid4vci
