#include "core/oid4vci/error_map.h"

#include <algorithm>

#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

TEST_CASE("each code has its status and its word at both endpoints") {
  struct Row {
    ErrorCode code;
    int token, credential;
    std::string_view error;
  };
  using enum ErrorCode;
  static constexpr Row rows[] = {
      {oauth_invalid_request, 400, 400, "invalid_request"},
      {oauth_invalid_client, 401, 401, "invalid_client"},
      {oauth_invalid_grant, 400, 400, "invalid_grant"},
      {oauth_unauthorized_client, 400, 400, "unauthorized_client"},
      {oauth_unsupported_grant_type, 400, 400, "unsupported_grant_type"},
      {oauth_invalid_scope, 400, 400, "invalid_scope"},
      {oauth_invalid_token, 401, 401, "invalid_token"},
      {oauth_insufficient_scope, 403, 403, "insufficient_scope"},
      {oauth_token_missing, 401, 401, ""},
      {oauth_invalid_request_uri, 400, 400, "invalid_request_uri"},
      {oauth_invalid_authorization_details, 400, 400, "invalid_authorization_details"},
      {oauth_access_denied, 400, 400, "access_denied"},
      {oauth_unsupported_response_type, 400, 400, "unsupported_response_type"},
      {dpop_invalid_proof, 400, 401, "invalid_dpop_proof"},
      {dpop_use_nonce, 400, 401, "use_dpop_nonce"},
      {dpop_replayed, 400, 401, "invalid_dpop_proof"},
      {dpop_wrong_key, 400, 401, "invalid_token"},
      {oid4vci_invalid_credential_request, 400, 400, "invalid_credential_request"},
      {oid4vci_unknown_credential_configuration, 400, 400, "unknown_credential_configuration"},
      {oid4vci_unknown_credential_identifier, 400, 400, "unknown_credential_identifier"},
      {oid4vci_invalid_proof, 400, 400, "invalid_proof"},
      {oid4vci_invalid_nonce, 400, 400, "invalid_nonce"},
      {oid4vci_invalid_encryption_parameters, 400, 400, "invalid_encryption_parameters"},
      {oid4vci_credential_request_denied, 400, 400, "credential_request_denied"},
      {unavailable, 503, 503, "temporarily_unavailable"},
      {internal_error, 500, 500, "server_error"},
      {database_error, 500, 500, "server_error"},
  };
  for (const Row& row : rows) {
    INFO(to_string(row.code));
    CHECK(protocol_error(row.code, Endpoint::token).status == row.token);
    CHECK(protocol_error(row.code, Endpoint::credential).status == row.credential);
    CHECK(protocol_error(row.code, Endpoint::token).error == row.error);
    // RFC 6749, section 5.2: visible ASCII without quote and backslash.
    CHECK(std::ranges::all_of(protocol_error(row.code, Endpoint::token).description,
                              [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }));
  }
}

TEST_CASE("an error answer says the word and nothing of the error's own text") {
  const Error error{ErrorCode::oauth_invalid_grant, "token.tx_code", "inner reason"};
  const HttpResponse response = error_response(error, Endpoint::token, "nonce-1");
  CHECK(response.status == 400);
  CHECK(response.header("Cache-Control").value() == "no-store");
  CHECK(response.header("Content-Type").value() == "application/json");
  CHECK(response.header("DPoP-Nonce").value() == "nonce-1");
  CHECK(!response.header("WWW-Authenticate").has_value());
  CHECK(parsed(response.body).at("error").as_string() == "invalid_grant");
  CHECK(parsed(response.body).size() == 2);
  CHECK(response.body.find("inner") == std::string::npos);
}

TEST_CASE("a protected resource answers 401 with the DPoP challenge") {
  const HttpResponse wrong = error_response({ErrorCode::dpop_wrong_key, "", ""}, Endpoint::credential);
  CHECK(wrong.status == 401);
  CHECK(wrong.header("WWW-Authenticate").value() ==
        R"(DPoP error="invalid_token", error_description="The access token is bound to another key.", algs="ES256")");
  const HttpResponse missing = error_response({ErrorCode::oauth_token_missing, "", ""}, Endpoint::credential);
  CHECK(missing.status == 401);
  CHECK(missing.header("WWW-Authenticate").value() == "DPoP algs=\"ES256\"");
  CHECK(missing.body.empty());
  const HttpResponse scope = error_response({ErrorCode::oauth_insufficient_scope, "", ""}, Endpoint::credential);
  CHECK(scope.status == 403);
  CHECK(scope.header("WWW-Authenticate").value().starts_with("DPoP error=\"insufficient_scope\", "));
}

TEST_CASE("what one side says the other side reads") {
  using enum ErrorCode;
  for (const ErrorCode code :
       {oauth_invalid_request, oauth_invalid_client, oauth_invalid_grant, oauth_invalid_token, dpop_use_nonce,
        dpop_invalid_proof, oid4vci_invalid_proof, oid4vci_invalid_nonce, unavailable}) {
    for (const Endpoint endpoint : {Endpoint::token, Endpoint::credential}) {
      CHECK(error_from_response(error_response({code, "", ""}, endpoint)).code == code);
    }
  }
  HttpResponse challenge_only{
      .status = 401, .headers = {{"www-authenticate", "DPoP error=\"use_dpop_nonce\", algs=\"ES256\""}}, .body = {}};
  CHECK(error_from_response(challenge_only).code == dpop_use_nonce);
  CHECK(error_from_response({.status = 401, .headers = {}, .body = {}}).code == oauth_invalid_token);
  for (const char* body : {"", "{}", "[]", "{\"error\":1}", "{\"error\":\"teapot\"}", "{\"error\":\"\"}", "<html>"}) {
    CHECK(error_from_response({.status = 400, .headers = {}, .body = body}).code == oid4vci_response_malformed);
  }
}
