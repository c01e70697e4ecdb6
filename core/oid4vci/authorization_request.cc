#include "core/oid4vci/authorization_request.h"

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/form_fields.h"
#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

constexpr std::size_t kScopesMax = 20;
constexpr std::size_t kThumbprintBytes = 32;
constexpr std::int64_t kExpiresInSecondsMax = 24L * 3600;

std::unexpected<Error> invalid(std::string where, std::string detail) {
  return fail(ErrorCode::oauth_invalid_request, "par." + std::move(where), std::move(detail));
}

// scheme ":" and more, printable, without a fragment (RFC 6749, section 3.1.2). The client's own list decides the rest.
bool is_redirect_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 1 < text.size() && text.find('#') == text.npos &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

Status check_kind(const FormFields& fields) {
  // A request inside the request could smuggle in what nobody checked: RFC 9126, section 2.1.
  if (fields.has("request_uri")) return invalid("request_uri", "not allowed in a pushed request");
  if (fields.has("request")) return invalid("request", "signed requests are not offered");
  MIBUN_TRY(const std::string type, fields.required("response_type", kScopeCharactersMax));
  if (type != "code") return fail(ErrorCode::oauth_unsupported_response_type, "par.response_type", "only code");
  MIBUN_TRY(const auto mode, fields.optional("response_mode", kScopeCharactersMax));
  if (mode && *mode != "query") return invalid("response_mode", "only query");
  return {};
}

Result<CodeChallenge> read_challenge(const FormFields& fields) {
  MIBUN_TRY(const std::string challenge, fields.required("code_challenge", kCodeCharactersMax));
  // Without a method RFC 7636 means plain.
  MIBUN_TRY(const std::string method, fields.required("code_challenge_method", kScopeCharactersMax));
  if (method != "S256") return invalid("code_challenge_method", "only S256");
  return CodeChallenge::parse(challenge);
}

Result<std::optional<std::string>> read_dpop_jkt(const FormFields& fields) {
  MIBUN_TRY(auto jkt, fields.optional("dpop_jkt", kCodeCharactersMax));
  if (!jkt) return std::nullopt;
  const auto digest = base64url::decode(*jkt);
  if (!digest || digest->size() != kThumbprintBytes) return invalid("dpop_jkt", "not a thumbprint");
  return jkt;
}

}  // namespace

Result<std::vector<std::string>> parse_scope(std::string_view text) {
  std::vector<std::string> scopes;
  // scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
  const auto is_scope_character = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; };
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string_view scope = text.substr(begin, end - begin);
    if (scope.empty() || !std::ranges::all_of(scope, is_scope_character) || scopes.size() == kScopesMax) {
      return fail(ErrorCode::oauth_invalid_scope, "scope", "malformed");
    }
    if (std::ranges::find(scopes, scope) == scopes.end()) scopes.emplace_back(scope);
    begin = end + 1;
  }
  return scopes;
}

std::string to_scope(const std::vector<std::string>& scopes) {
  std::string text;
  for (const std::string& scope : scopes) text += (text.empty() ? "" : " ") + scope;
  return text;
}

Result<AuthorizationRequest> AuthorizationRequest::parse(std::string_view body) {
  MIBUN_TRY(const FormFields fields, FormFields::parse(body, "par"));
  MIBUN_CHECK(check_kind(fields));
  MIBUN_TRY(std::string client_id, fields.required("client_id", kClientIdCharactersMax));
  MIBUN_TRY(std::string redirect_uri, fields.required("redirect_uri", kUriCharactersMax));
  if (!is_redirect_uri(redirect_uri)) return invalid("redirect_uri", "not an absolute URI without a fragment");
  MIBUN_TRY(CodeChallenge challenge, read_challenge(fields));
  AuthorizationRequest request{.client_id = std::move(client_id),
                               .redirect_uri = std::move(redirect_uri),
                               .code_challenge = std::move(challenge),
                               .scopes = {},
                               .details = {},
                               .state = {},
                               .issuer_state = {},
                               .dpop_jkt = {},
                               .resource = {}};
  MIBUN_TRY(const auto scope, fields.optional("scope", kScopeCharactersMax));
  if (scope) {
    MIBUN_TRY(request.scopes, parse_scope(*scope));
  }
  MIBUN_TRY(const auto details, fields.optional("authorization_details", kDetailsCharactersMax));
  if (details) {
    MIBUN_TRY(request.details, parse_authorization_details(*details));
  }
  if (!scope && !details) return fail(ErrorCode::oauth_invalid_scope, "par.scope", "nothing is asked for");
  MIBUN_TRY(request.state, fields.optional("state", kStateCharactersMax));
  MIBUN_TRY(request.issuer_state, fields.optional("issuer_state", kStateCharactersMax));
  MIBUN_TRY(request.dpop_jkt, read_dpop_jkt(fields));
  MIBUN_TRY(request.resource, fields.optional("resource", kUriCharactersMax));
  return request;
}

std::string AuthorizationRequest::to_form() const {
  std::vector<std::pair<std::string, std::string>> fields = {{"response_type", "code"},
                                                             {"client_id", client_id},
                                                             {"redirect_uri", redirect_uri},
                                                             {"code_challenge", code_challenge.text()},
                                                             {"code_challenge_method", "S256"}};
  const auto add = [&](const char* name, const std::optional<std::string>& value) {
    if (value) fields.emplace_back(name, *value);
  };
  if (!scopes.empty()) fields.emplace_back("scope", to_scope(scopes));
  if (!details.empty()) fields.emplace_back("authorization_details", json::serialize(json::Value(to_json(details))));
  add("state", state);
  add("issuer_state", issuer_state);
  add("dpop_jkt", dpop_jkt);
  add("resource", resource);
  return form::encode(fields);
}

json::Object PushedAuthorization::to_json() const {
  return {{"request_uri", request_uri}, {"expires_in", expires_in.count()}};
}

Result<PushedAuthorization> PushedAuthorization::parse(std::string_view text) {
  constexpr auto kCode = ErrorCode::oid4vci_response_malformed;
  MIBUN_TRY_AS(kCode, "par", const json::Object object, json::parse_object(text));
  json::ObjectReader reader(object, "par");
  MIBUN_TRY_AS(kCode, "", const std::string_view uri, reader.string("request_uri"));
  const bool printable = std::ranges::all_of(uri, [](char c) { return c > ' ' && c <= '~'; });
  if (uri.empty() || uri.size() > kUriCharactersMax || !printable) return fail(kCode, "par.request_uri", "malformed");
  MIBUN_TRY_AS(kCode, "", const std::int64_t expires_in, reader.integer("expires_in"));
  if (expires_in <= 0 || expires_in > kExpiresInSecondsMax) return fail(kCode, "par.expires_in", "out of range");
  return PushedAuthorization{std::string(uri), std::chrono::seconds(expires_in)};
}

Result<AuthorizeQuery> AuthorizeQuery::parse(std::string_view query) {
  MIBUN_TRY(const FormFields fields, FormFields::parse(query, "authorize"));
  AuthorizeQuery parsed;
  MIBUN_TRY(parsed.client_id, fields.required("client_id", kClientIdCharactersMax));
  MIBUN_TRY(parsed.request_uri, fields.required("request_uri", kUriCharactersMax));
  if (!parsed.request_uri.starts_with(kRequestUriPrefix)) {
    return fail(ErrorCode::oauth_invalid_request_uri, "authorize.request_uri", "not one of ours");
  }
  return parsed;
}

std::string AuthorizeQuery::to_url(std::string_view endpoint) const {
  return std::string(endpoint) + (endpoint.find('?') == std::string_view::npos ? "?" : "&") +
         form::encode({{"client_id", client_id}, {"request_uri", request_uri}});
}

}  // namespace mibun::oid4vci
