#include "core/oid4vci/token.h"

#include <algorithm>

#include "core/codecs/url.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/client_assertion.h"
#include "core/oid4vci/limits.h"
#include "core/oid4vci/offer.h"

namespace mibun::oid4vci {
namespace {

constexpr std::size_t kExpiresInSecondsMax = 10 * 365 * 24 * 3600;

std::unexpected<Error> invalid_request(std::string where, std::string detail) {
  return fail(ErrorCode::oauth_invalid_request, "token." + std::move(where), std::move(detail));
}

// RFC 6749, section 3.2: "Parameters sent without a value MUST be treated as if they were omitted".
std::optional<std::string> value_of(const form::Fields& fields, std::string_view name) {
  const auto value = fields.find(name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(*value);
}

Result<std::string> required(const form::Fields& fields, std::string_view name, std::size_t characters_max) {
  auto value = value_of(fields, name);
  if (!value) return invalid_request(std::string(name), "missing");
  if (value->size() > characters_max) return invalid_request(std::string(name), "too long");
  return std::move(*value);
}

Result<TokenRequest> parse_pre_authorized(const form::Fields& fields) {
  PreAuthorizedCodeRequest request;
  MIBUN_TRY(request.code, required(fields, "pre-authorized_code", kCodeCharactersMax));
  request.tx_code = value_of(fields, "tx_code");
  if (request.tx_code && request.tx_code->size() > kTxCodeCharactersMax) return invalid_request("tx_code", "too long");
  request.client_id = value_of(fields, "client_id");
  return request;
}

Result<TokenRequest> parse_client_credentials(const form::Fields& fields) {
  if (value_of(fields, "client_assertion_type") != kClientAssertionType) {
    return fail(ErrorCode::oauth_invalid_client, "token.client_assertion_type", "only private_key_jwt is supported");
  }
  ClientCredentialsRequest request;
  MIBUN_TRY(request.client_assertion, required(fields, "client_assertion", kCompactJwtBytesMax));
  request.client_id = value_of(fields, "client_id");
  request.scope = value_of(fields, "scope");
  return request;
}

Result<TokenResponse::Identifiers> read_detail(const json::Value& value) {
  const std::string place = "token.authorization_details";
  if (!value.is_object()) return fail(ErrorCode::oid4vci_response_malformed, place, "not an object");
  json::ObjectReader reader(value.get_object(), place);
  TokenResponse::Identifiers detail;
  MIBUN_TRY(const auto id, reader.optional_string("credential_configuration_id"));
  detail.configuration_id = std::string(id.value_or(""));
  MIBUN_TRY(const json::Array* identifiers, reader.optional_array("credential_identifiers"));
  if (identifiers != nullptr) {
    MIBUN_TRY(detail.credential_identifiers, json::string_array(*identifiers, place));
  }
  return detail;
}

Result<TokenResponse> read_response(const json::Object& object) {
  json::ObjectReader reader(object, "token");
  TokenResponse response;
  MIBUN_TRY(const std::string_view access_token, reader.string("access_token"));
  const bool visible = std::ranges::all_of(access_token, [](char c) { return c > ' ' && c <= '~'; });
  if (access_token.empty() || access_token.size() > kCompactJwtBytesMax || !visible) {
    return fail(ErrorCode::oid4vci_response_malformed, "token.access_token", "empty, too long or not visible ASCII");
  }
  response.access_token = std::string(access_token);
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
  if (details == nullptr) return response;
  for (const json::Value& detail : *details) {
    MIBUN_TRY(TokenResponse::Identifiers identifiers, read_detail(detail));
    response.authorization_details.push_back(std::move(identifiers));
  }
  return response;
}

}  // namespace

Result<TokenRequest> parse_token_request(std::string_view body) {
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_request, "token", const form::Fields fields, form::Fields::parse(body));
  if (fields.find("client_secret")) {
    return fail(ErrorCode::oauth_invalid_client, "token.client_secret", "shared secrets are not supported");
  }
  const auto grant_type = value_of(fields, "grant_type");
  if (!grant_type) return invalid_request("grant_type", "missing");
  if (*grant_type == kPreAuthorizedCodeGrant) return parse_pre_authorized(fields);
  if (*grant_type == "client_credentials") return parse_client_credentials(fields);
  return fail(ErrorCode::oauth_unsupported_grant_type, "token.grant_type", "not one of ours");
}

std::string to_form(const TokenRequest& request) {
  std::vector<std::pair<std::string, std::string>> fields;
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) fields.emplace_back(name, *value);
  };
  if (const auto* pre_authorized = std::get_if<PreAuthorizedCodeRequest>(&request)) {
    fields = {{"grant_type", std::string(kPreAuthorizedCodeGrant)}, {"pre-authorized_code", pre_authorized->code}};
    add("tx_code", pre_authorized->tx_code);
    add("client_id", pre_authorized->client_id);
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
  return object;
}

Result<TokenResponse> TokenResponse::parse(std::string_view text) {
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "token", const json::Object object, json::parse_object(text));
  MIBUN_TRY_AS(ErrorCode::oid4vci_response_malformed, "", TokenResponse response, read_response(object));
  return response;
}

}  // namespace mibun::oid4vci
