#include "core/oid4vci/error_map.h"

#include <algorithm>
#include <array>

#include "core/codecs/json.h"

namespace mibun::oid4vci {
namespace {

struct Row {
  ErrorCode code;
  int token_status;
  int credential_status;
  std::string_view error;
  std::string_view description;
};

using enum ErrorCode;
constexpr Row kRows[] = {
    {oauth_invalid_request, 400, 400, "invalid_request", "The request is missing a parameter or has a bad one."},
    {oauth_invalid_client, 401, 401, "invalid_client", "The client could not be authenticated."},
    {oauth_invalid_client_attestation, 401, 401, "invalid_client_attestation", "The wallet attestation is not valid."},
    {oauth_use_attestation_challenge, 400, 400, "use_attestation_challenge",
     "The proof of possession must carry the challenge given."},
    {oauth_use_fresh_attestation, 400, 400, "use_fresh_attestation", "The wallet attestation is too old."},
    {oauth_invalid_grant, 400, 400, "invalid_grant", "The code is wrong, expired or was used before."},
    {oauth_unauthorized_client, 400, 400, "unauthorized_client", "The client may not use this grant."},
    {oauth_unsupported_grant_type, 400, 400, "unsupported_grant_type", "This grant type is not supported."},
    {oauth_invalid_scope, 400, 400, "invalid_scope", "The scope is unknown or not allowed."},
    {oauth_invalid_token, 401, 401, "invalid_token", "The access token is wrong, expired or was sent the wrong way."},
    {oauth_insufficient_scope, 403, 403, "insufficient_scope", "The access token does not allow this."},
    {oauth_token_missing, 401, 401, "", "An access token is needed."},
    {oauth_invalid_request_uri, 400, 400, "invalid_request_uri", "The request_uri is unknown, expired or was used."},
    {oauth_invalid_authorization_details, 400, 400, "invalid_authorization_details",
     "The authorization details are malformed or ask for what is not offered."},
    {oauth_access_denied, 400, 400, "access_denied", "The person or the server refused."},
    {oauth_unsupported_response_type, 400, 400, "unsupported_response_type", "Only the response type code is offered."},
    {dpop_invalid_proof, 400, 401, "invalid_dpop_proof", "The DPoP proof is missing or not valid."},
    {dpop_use_nonce, 400, 401, "use_dpop_nonce", "The DPoP proof must carry the nonce given."},
    {dpop_replayed, 400, 401, "invalid_dpop_proof", "The DPoP proof was used before."},
    {dpop_wrong_key, 400, 401, "invalid_token", "The access token is bound to another key."},
    {oid4vci_invalid_credential_request, 400, 400, "invalid_credential_request",
     "The credential request is malformed."},
    {oid4vci_unknown_credential_configuration, 400, 400, "unknown_credential_configuration",
     "The credential configuration is unknown."},
    {oid4vci_unknown_credential_identifier, 400, 400, "unknown_credential_identifier",
     "The credential identifier is unknown."},
    {oid4vci_invalid_proof, 400, 400, "invalid_proof", "A key proof is missing or not valid."},
    {oid4vci_key_attestation_invalid, 400, 400, "invalid_proof", "A key attestation is not valid or not enough."},
    {oid4vci_invalid_nonce, 400, 400, "invalid_nonce", "The nonce is unknown, expired or was used before."},
    {oid4vci_invalid_encryption_parameters, 400, 400, "invalid_encryption_parameters",
     "The encryption parameters are missing or not valid."},
    {oid4vci_credential_request_denied, 400, 400, "credential_request_denied", "The credential is not issued."},
    {oid4vci_invalid_transaction_id, 400, 400, "invalid_transaction_id", "The transaction is unknown or was used."},
    {oid4vci_invalid_notification_id, 400, 400, "invalid_notification_id", "The notification_id is unknown."},
    {oid4vci_invalid_notification_request, 400, 400, "invalid_notification_request", "The notification is malformed."},
    {unavailable, 503, 503, "temporarily_unavailable", "The service cannot answer just now."},
};
constexpr Row kOurFailure{internal_error, 500, 500, "server_error", "The service failed."};

const Row& row_of(ErrorCode code) {
  const auto* row = std::ranges::find(kRows, code, &Row::code);
  return row == std::ranges::end(kRows) ? kOurFailure : *row;
}

// RFC 9449, section 7.1: WWW-Authenticate: DPoP error="invalid_token", error_description="...", algs="ES256"
std::string challenge(const ProtocolError& error) {
  std::string value = "DPoP ";
  if (!error.error.empty()) {
    value.append("error=\"").append(error.error).append("\", ");
    value.append("error_description=\"").append(error.description).append("\", ");
  }
  return value + "algs=\"ES256\"";
}

// The value of error="..." in a challenge, or nothing.
std::string_view challenged_error(std::string_view challenge_value) {
  constexpr std::string_view kName = "error=\"";
  const std::size_t begin = challenge_value.find(kName);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = challenge_value.substr(begin + kName.size());
  const std::size_t end = rest.find('"');
  return end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
}

std::string body_error(const HttpResponse& response) {
  const auto body = json::parse_object(response.body);
  if (!body) return {};
  json::ObjectReader reader(*body, "error");
  const auto name = reader.string("error");
  return name ? std::string(*name) : std::string();
}

}  // namespace

ProtocolError protocol_error(ErrorCode code, Endpoint endpoint) {
  const Row& row = row_of(code);
  return {endpoint == Endpoint::token ? row.token_status : row.credential_status, row.error, row.description};
}

std::optional<ErrorCode> code_of_protocol_error(std::string_view error) {
  if (error.empty()) return std::nullopt;
  const auto* row = std::ranges::find(kRows, error, &Row::error);
  if (row == std::ranges::end(kRows)) return std::nullopt;
  return row->code;
}

HttpResponse error_response(const Error& error, Endpoint endpoint, std::optional<std::string_view> dpop_nonce) {
  const ProtocolError told = protocol_error(error.code, endpoint);
  HttpResponse response;
  response.status = told.status;
  response.headers = {{"Cache-Control", "no-store"}};
  // RFC 6750, section 3: to no token, and to one that does not open the door.
  if ((told.status == 401 || told.status == 403) && endpoint == Endpoint::credential) {
    response.headers.push_back({"WWW-Authenticate", challenge(told)});
  }
  if (dpop_nonce) response.headers.push_back({"DPoP-Nonce", std::string(*dpop_nonce)});
  // RFC 6750, section 3.1: without any credentials the answer says nothing but the challenge.
  if (!told.error.empty()) {
    response.headers.push_back({"Content-Type", "application/json"});
    response.body = json::serialize(json::Object{{"error", told.error}, {"error_description", told.description}});
  }
  return response;
}

Error error_from_response(const HttpResponse& response) {
  std::string name = body_error(response);
  if (name.empty()) {
    if (const auto value = response.header("WWW-Authenticate")) name = std::string(challenged_error(*value));
  }
  if (const auto code = code_of_protocol_error(name)) {
    return {*code, "response", "the server refused with status " + std::to_string(response.status)};
  }
  if (response.status == 401) return {ErrorCode::oauth_invalid_token, "response", "the server refused with status 401"};
  return {ErrorCode::oid4vci_response_malformed, "response",
          "an unknown error with status " + std::to_string(response.status)};
}

}  // namespace mibun::oid4vci
