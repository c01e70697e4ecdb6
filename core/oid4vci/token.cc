#include "core/oid4vci/token.h"

#include <algorithm>

#include "core/codecs/url.h"
#include "core/oid4vci/authorization_request.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/client_assertion.h"
#include "core/oid4vci/form_fields.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/offer.h"

namespace mibun::oid4vci {
namespace {

constexpr std::size_t kExpiresInSecondsMax = 10 * 365 * 24 * 3600;

Result<std::vector<AuthorizationDetail>> read_details(const FormFields& fields) {
  MIBUN_TRY(const auto text, fields.optional("authorization_details", kDetailsCharactersMax));
  if (!text) return std::vector<AuthorizationDetail>();
  return parse_authorization_details(*text);
}

Result<TokenRequest> parse_pre_authorized(const FormFields& fields) {
  PreAuthorizedCodeRequest request;
  MIBUN_TRY(request.code, fields.required("pre-authorized_code", kCodeCharactersMax));
  MIBUN_TRY(request.tx_code, fields.optional("tx_code", kTxCodeCharactersMax));
  MIBUN_TRY(request.client_id, fields.optional("client_id", kClientIdCharactersMax));
  MIBUN_TRY(request.details, read_details(fields));
  return request;
}

Result<TokenRequest> parse_authorization_code(const FormFields& fields) {
  AuthorizationCodeRequest request;
  MIBUN_TRY(request.code, fields.required("code", kCodeCharactersMax));
  MIBUN_TRY(request.redirect_uri, fields.required("redirect_uri", kUriCharactersMax));
  MIBUN_TRY(request.code_verifier, fields.required("code_verifier", kCodeCharactersMax));
  MIBUN_TRY(request.client_id, fields.optional("client_id", kClientIdCharactersMax));
  MIBUN_TRY(request.details, read_details(fields));
  return request;
}

Result<TokenRequest> parse_refresh(const FormFields& fields) {
  RefreshTokenRequest request;
  MIBUN_TRY(request.refresh_token, fields.required("refresh_token", kCodeCharactersMax));
  MIBUN_TRY(request.client_id, fields.optional("client_id", kClientIdCharactersMax));
  MIBUN_TRY(const auto scope, fields.optional("scope", kScopeCharactersMax));
  if (scope) {
    MIBUN_TRY(request.scopes, parse_scope(*scope));
  }
  return request;
}

Result<TokenRequest> parse_client_credentials(const FormFields& fields) {
  MIBUN_TRY(const auto type, fields.optional("client_assertion_type", kClientIdCharactersMax));
  if (type != kClientAssertionType) {
    return fail(ErrorCode::oauth_invalid_client, "token.client_assertion_type", "only private_key_jwt is supported");
  }
  ClientCredentialsRequest request;
  MIBUN_TRY(request.client_assertion, fields.required("client_assertion", kCompactJwtBytesMax));
  MIBUN_TRY(request.client_id, fields.optional("client_id", kClientIdCharactersMax));
  MIBUN_TRY(request.scope, fields.optional("scope", kScopeCharactersMax));
  return request;
}

// b64token-like: what can stand in a header and in a form.
Result<std::string> read_token(std::string_view token, std::string_view name) {
  const bool visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
  if (token.empty() || token.size() > kCompactJwtBytesMax || !visible) {
    return fail(ErrorCode::oid4vci_response_malformed, "token." + std::string(name),
                "empty, too long or not visible ASCII");
  }
  return std::string(token);
}

Result<TokenResponse> read_response(const json::Object& object) {
  json::ObjectReader reader(object, "token");
  TokenResponse response;
  MIBUN_TRY(const std::string_view access_token, reader.string("access_token"));
  MIBUN_TRY(response.access_token, read_token(access_token, "access_token"));
  MIBUN_TRY(const std::string_view token_type, reader.string("token_type"));
  response.token_type = std::string(token_type);
  MIBUN_TRY(response.expires_in_seconds, reader.optional_integer("expires_in"));
  if (response.expires_in_seconds.value_or(0) < 0 ||
      response.expires_in_seconds.value_or(0) > static_cast<std::int64_t>(kExpiresInSecondsMax)) {
    return fail(ErrorCode::oid4vci_response_malformed, "token.expires_in", "out of range");
  }
  MIBUN_TRY(const auto scope, reader.optional_string("scope"));
  if (scope) response.scope = std::string(*scope);
  MIBUN_TRY(const json::Array* details, reader.optional_array("authorization_details"));
  if (details != nullptr) {
    MIBUN_TRY(response.authorization_details, read_authorization_details(*details));
  }
  MIBUN_TRY(const auto refresh_token, reader.optional_string("refresh_token"));
  if (refresh_token) {
    MIBUN_TRY(response.refresh_token, read_token(*refresh_token, "refresh_token"));
  }
  return response;
}

}  // namespace

Result<TokenRequest> parse_token_request(std::string_view body) {
  MIBUN_TRY(const FormFields fields, FormFields::parse(body, "token"));
  MIBUN_TRY(const std::string grant_type, fields.required("grant_type", kClientIdCharactersMax));
  if (grant_type == kPreAuthorizedCodeGrant) return parse_pre_authorized(fields);
  if (grant_type == kAuthorizationCodeGrant) return parse_authorization_code(fields);
  if (grant_type == kRefreshTokenGrant) return parse_refresh(fields);
  if (grant_type == "client_credentials") return parse_client_credentials(fields);
  return fail(ErrorCode::oauth_unsupported_grant_type, "token.grant_type", "not one of ours");
}

std::string to_form(const TokenRequest& request) {
  std::vector<std::pair<std::string, std::string>> fields;
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) fields.emplace_back(name, *value);
  };
  const auto add_details = [&](const std::vector<AuthorizationDetail>& details) {
    if (details.empty()) return;
    fields.emplace_back("authorization_details", json::serialize(json::Value(oid4vci::to_json(details))));
  };
  if (const auto* pre_authorized = std::get_if<PreAuthorizedCodeRequest>(&request)) {
    fields = {{"grant_type", std::string(kPreAuthorizedCodeGrant)}, {"pre-authorized_code", pre_authorized->code}};
    add("tx_code", pre_authorized->tx_code);
    add("client_id", pre_authorized->client_id);
    add_details(pre_authorized->details);
  } else if (const auto* code = std::get_if<AuthorizationCodeRequest>(&request)) {
    fields = {{"grant_type", std::string(kAuthorizationCodeGrant)},
              {"code", code->code},
              {"redirect_uri", code->redirect_uri},
              {"code_verifier", code->code_verifier}};
    add("client_id", code->client_id);
    add_details(code->details);
  } else if (const auto* refresh = std::get_if<RefreshTokenRequest>(&request)) {
    fields = {{"grant_type", std::string(kRefreshTokenGrant)}, {"refresh_token", refresh->refresh_token}};
    add("client_id", refresh->client_id);
    if (!refresh->scopes.empty()) fields.emplace_back("scope", to_scope(refresh->scopes));
  } else if (const auto* credentials = std::get_if<ClientCredentialsRequest>(&request)) {
    fields = {{"grant_type", "client_credentials"},
              {"client_assertion_type", std::string(kClientAssertionType)},
              {"client_assertion", credentials->client_assertion}};
    add("client_id", credentials->client_id);
    add("scope", credentials->scope);
  }
  return form::encode(fields);
}

json::Object TokenResponse::to_json() const {
  json::Object object{{"access_token", access_token}, {"token_type", token_type}};
  if (expires_in_seconds) object["expires_in"] = *expires_in_seconds;
  if (scope) object["scope"] = *scope;
  if (!authorization_details.empty()) object["authorization_details"] = oid4vci::to_json(authorization_details);
  if (refresh_token) object["refresh_token"] = *refresh_token;
  return object;
}

Result<TokenResponse> TokenResponse::parse(std::string_view text) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "token", const json::Object object, json::parse_object(text));
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "", TokenResponse response, read_response(object));
  return response;
}

}  // namespace mibun::oid4vci
