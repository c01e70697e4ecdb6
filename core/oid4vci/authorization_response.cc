#include "core/oid4vci/authorization_response.h"

#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/codecs/url.h"
#include "core/oid4vci/cause.h"
#include "core/oid4vci/error_map.h"
#include "core/oid4vci/limits.h"

namespace mibun::oid4vci {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

std::string redirect(std::string_view redirect_uri, const Parameters& parameters) {
  const char joint = redirect_uri.find('?') == std::string_view::npos ? '?' : '&';
  return std::string(redirect_uri) + joint + form::encode(parameters);
}

void add_origin(const AuthorizationAnswer& answer, Parameters& parameters) {
  if (answer.state) parameters.emplace_back("state", *answer.state);
  parameters.emplace_back("iss", answer.issuer);
}

// What follows our own redirect_uri.
Result<std::string_view> parameters_of(std::string_view url, std::string_view redirect_uri) {
  const char joint = redirect_uri.find('?') == std::string_view::npos ? '?' : '&';
  if (url.size() > kUriCharactersMax + kScopeCharactersMax || !url.starts_with(redirect_uri) ||
      url.size() == redirect_uri.size() || url[redirect_uri.size()] != joint) {
    return fail(ErrorCode::oauth_invalid_request, "redirect", "not the address that was asked for");
  }
  const std::string_view query = url.substr(redirect_uri.size() + 1);
  return query.substr(0, query.find('#'));  // browsers may carry an old fragment over
}

// The same time for every wrong value: state is a secret.
Status check_same(const form::Fields& fields, std::string_view name, std::string_view expected, ErrorCode code) {
  const auto value = fields.find(name);
  if (value && ct_equal(as_bytes(*value), as_bytes(expected))) return {};
  return fail(code, "redirect." + std::string(name), value ? "another one" : "missing");
}

}  // namespace

std::string AuthorizationAnswer::with_code(std::string_view redirect_uri, std::string_view code) const {
  Parameters parameters = {{"code", std::string(code)}};
  add_origin(*this, parameters);
  return redirect(redirect_uri, parameters);
}

std::string AuthorizationAnswer::with_error(std::string_view redirect_uri, ErrorCode code) const {
  Parameters parameters = {{"error", std::string(protocol_error(code, Endpoint::token).error)}};
  add_origin(*this, parameters);
  return redirect(redirect_uri, parameters);
}

Result<std::string> read_redirect(std::string_view url, const RedirectPolicy& policy) {
  MIBUN_TRY(const std::string_view query, parameters_of(url, policy.redirect_uri));
  MIBUN_TRY_AS(ErrorCode::oauth_invalid_request, "redirect", const form::Fields fields, form::Fields::parse(query));
  MIBUN_CHECK(check_same(fields, "state", policy.state, ErrorCode::oauth_state_mismatch));
  MIBUN_CHECK(check_same(fields, "iss", policy.issuer, ErrorCode::oauth_issuer_mismatch));
  if (const auto error = fields.find("error")) {
    const auto code = code_of_protocol_error(*error);
    return fail(code.value_or(ErrorCode::oid4vci_response_malformed), "redirect.error", "the server refused");
  }
  const auto code = fields.find("code");
  if (!code || code->empty() || code->size() > kCodeCharactersMax) {
    return fail(ErrorCode::oid4vci_response_malformed, "redirect.code", "missing or too long");
  }
  return std::string(*code);
}

}  // namespace mibun::oid4vci
