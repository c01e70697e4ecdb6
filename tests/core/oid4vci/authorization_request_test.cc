#include "core/oid4vci/authorization_request.h"

#include "core/codecs/url.h"
#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kDetails = R"([{"type":"openid_credential","credential_configuration_id":"identity"}])";

// Right in every respect, by scope.
Parameters right() {
  return {{"response_type", "code"},
          {"client_id", "wallet"},
          {"redirect_uri", "https://wallet.example/cb"},
          {"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
          {"code_challenge_method", "S256"},
          {"scope", "identity"},
          {"state", "af0ifjsldkj"}};
}

Parameters without(std::string_view name) {
  Parameters parameters = right();
  std::erase_if(parameters, [&](const auto& parameter) { return parameter.first == name; });
  return parameters;
}

Parameters with(const std::string& name, const std::string& value) {
  Parameters parameters = without(name);
  parameters.emplace_back(name, value);
  return parameters;
}

std::string details_with(const char* more) {
  return std::string(R"([{"type":"openid_credential",)") + more + "}]";
}

}  // namespace

TEST_CASE("a pushed request is read, by scope and by details") {
  const auto request = AuthorizationRequest::parse(form::encode(with("issuer_state", "ctx"))).value();
  CHECK(request.client_id == "wallet");
  CHECK(request.redirect_uri == "https://wallet.example/cb");
  CHECK(request.scopes == std::vector<std::string>{"identity"});
  CHECK(request.state == "af0ifjsldkj");
  CHECK(request.issuer_state == "ctx");
  CHECK(request.details.empty());

  Parameters detailed = without("scope");
  detailed.emplace_back("authorization_details", kDetails);
  const auto by_details = AuthorizationRequest::parse(form::encode(detailed)).value();
  REQUIRE(by_details.details.size() == 1);
  CHECK(by_details.details[0].configuration_id == "identity");
  CHECK(by_details.scopes.empty());
}

TEST_CASE("what a wallet writes is what the server reads") {
  AuthorizationRequest request = AuthorizationRequest::parse(form::encode(right())).value();
  request.scopes = {"identity", "more"};
  request.details = {
      {.configuration_id = "a b", .locations = {"https://issuer.example"}, .credential_identifiers = {}}};
  request.issuer_state = "日本&=";
  request.dpop_jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
  request.resource = "https://issuer.example";
  CHECK(AuthorizationRequest::parse(request.to_form()).value() == request);
}

TEST_CASE("pushed requests that are wrong have their code") {
  struct Row {
    const char* why;
    Parameters parameters;
    const char* want;
  };
  const Row rows[] = {
      {"no response_type", without("response_type"), "oauth_invalid_request"},
      {"another response_type", with("response_type", "token"), "oauth_unsupported_response_type"},
      {"a hybrid response_type", with("response_type", "code id_token"), "oauth_unsupported_response_type"},
      {"another response_mode", with("response_mode", "fragment"), "oauth_invalid_request"},
      {"no client_id", without("client_id"), "oauth_invalid_request"},
      {"an empty client_id", with("client_id", ""), "oauth_invalid_request"},
      {"a client_id too long", with("client_id", std::string(257, 'c')), "oauth_invalid_request"},
      {"a request_uri inside", with("request_uri", "urn:ietf:params:oauth:request_uri:x"), "oauth_invalid_request"},
      {"a request object inside", with("request", "a.b.c"), "oauth_invalid_request"},
      {"no redirect_uri", without("redirect_uri"), "oauth_invalid_request"},
      {"a relative redirect_uri", with("redirect_uri", "/cb"), "oauth_invalid_request"},
      {"a redirect_uri with a fragment", with("redirect_uri", "https://wallet.example/cb#x"), "oauth_invalid_request"},
      {"a redirect_uri with a line break", with("redirect_uri", "https://wallet.example/\r\nx:"),
       "oauth_invalid_request"},
      {"no code_challenge", without("code_challenge"), "oauth_invalid_request"},
      {"a malformed code_challenge", with("code_challenge", "abc"), "oauth_invalid_request"},
      {"no code_challenge_method, which means plain", without("code_challenge_method"), "oauth_invalid_request"},
      {"plain", with("code_challenge_method", "plain"), "oauth_invalid_request"},
      {"s256 in lower case", with("code_challenge_method", "s256"), "oauth_invalid_request"},
      {"neither scope nor details", without("scope"), "oauth_invalid_scope"},
      {"an empty scope", with("scope", ""), "oauth_invalid_scope"},
      {"two spaces in the scope", with("scope", "a  b"), "oauth_invalid_scope"},
      {"a quote in the scope", with("scope", "a\"b"), "oauth_invalid_scope"},
      {"details that are no JSON", with("authorization_details", "x"), "oauth_invalid_authorization_details"},
      {"details that are an object", with("authorization_details", "{}"), "oauth_invalid_authorization_details"},
      {"no details at all", with("authorization_details", "[]"), "oauth_invalid_authorization_details"},
      {"a detail that is a string", with("authorization_details", R"(["identity"])"),
       "oauth_invalid_authorization_details"},
      {"a detail of another type", with("authorization_details", R"([{"type":"account_information"}])"),
       "oauth_invalid_authorization_details"},
      {"a detail without type", with("authorization_details", R"([{"credential_configuration_id":"identity"}])"),
       "oauth_invalid_authorization_details"},
      {"a detail without configuration", with("authorization_details", details_with(R"("x":1)")),
       "oauth_invalid_authorization_details"},
      {"a configuration that is a number",
       with("authorization_details", details_with(R"("credential_configuration_id":1)")),
       "oauth_invalid_authorization_details"},
      {"a configuration twice",
       with(
           "authorization_details",
           R"([{"type":"openid_credential","credential_configuration_id":"a"},{"type":"openid_credential","credential_configuration_id":"a"}])"),
       "oauth_invalid_authorization_details"},
      {"a member twice", with("authorization_details", details_with(R"("type":"openid_credential")")),
       "oauth_invalid_authorization_details"},
      {"locations that are a string",
       with("authorization_details",
            details_with(R"("credential_configuration_id":"a","locations":"https://issuer.example")")),
       "oauth_invalid_authorization_details"},
      {"a state too long", with("state", std::string(1025, 's')), "oauth_invalid_request"},
      {"an issuer_state too long", with("issuer_state", std::string(1025, 's')), "oauth_invalid_request"},
      {"a dpop_jkt that is no thumbprint", with("dpop_jkt", "abc"), "oauth_invalid_request"},
      {"a shared secret", with("client_secret", "s"), "oauth_invalid_client"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(AuthorizationRequest::parse(form::encode(row.parameters))) == row.want);
  }
  CHECK(code_of(AuthorizationRequest::parse(form::encode(right()) + "&client_id=other")) == "oauth_invalid_request");
  CHECK(code_of(AuthorizationRequest::parse(form::encode(right()) + "&x=%zz")) == "oauth_invalid_request");
  CHECK(AuthorizationRequest::parse(form::encode(with("ui_locales", "ja"))).has_value());
  CHECK(AuthorizationRequest::parse(form::encode(with("response_mode", "query"))).has_value());
  // RFC 6749, section 3.1: without a value is not sent.
  for (const char* name : {"request", "request_uri", "response_mode", "client_secret", "authorization_details"}) {
    INFO(name);
    CHECK(AuthorizationRequest::parse(form::encode(with(name, ""))).has_value());
  }
  CHECK(!AuthorizationRequest::parse(form::encode(with("state", ""))).value().state.has_value());
}

TEST_CASE("details may carry members that nobody knows, and a response's identifiers are not taken from a request") {
  const auto details = parse_authorization_details(
                           details_with(R"("credential_configuration_id":"a","claims":[{"path":["x"]}],)"
                                        R"("credential_identifiers":["mine"],"locations":["https://issuer.example"])"))
                           .value();
  REQUIRE(details.size() == 1);
  CHECK(details[0].locations == std::vector<std::string>{"https://issuer.example"});
  CHECK(details[0].credential_identifiers.empty());
}

TEST_CASE("the answer to a pushed request survives, and malformed ones are refused") {
  const PushedAuthorization pushed{.request_uri = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c",
                                   .expires_in = std::chrono::seconds(60)};
  CHECK(PushedAuthorization::parse(json::serialize(pushed.to_json())).value() == pushed);
  for (const char* text :
       {"", "[]", "{}", R"({"request_uri":"urn:x"})", R"({"expires_in":60})", R"({"request_uri":"","expires_in":60})",
        R"({"request_uri":"a b","expires_in":60})", R"({"request_uri":1,"expires_in":60})",
        R"({"request_uri":"urn:x","expires_in":0})", R"({"request_uri":"urn:x","expires_in":-1})",
        R"({"request_uri":"urn:x","expires_in":"60"})", R"({"request_uri":"urn:x","expires_in":86401})"}) {
    INFO(text);
    CHECK(code_of(PushedAuthorization::parse(text)) == "oid4vci_response_malformed");
  }
}

TEST_CASE("the person is sent with client_id and request_uri only") {
  const AuthorizeQuery query{.client_id = "wallet&x=y", .request_uri = "urn:ietf:params:oauth:request_uri:abc"};
  const std::string url = query.to_url("https://issuer.example/authorize");
  CHECK(url ==
        "https://issuer.example/authorize?client_id=wallet%26x%3Dy&"
        "request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3Aabc");
  CHECK(query.to_url("https://issuer.example/a?tenant=1").starts_with("https://issuer.example/a?tenant=1&client_id="));
  const auto parsed = AuthorizeQuery::parse(url.substr(url.find('?') + 1)).value();
  CHECK(parsed.client_id == query.client_id);
  CHECK(parsed.request_uri == query.request_uri);

  struct Row {
    const char* why;
    const char* query;
    const char* want;
  };
  static constexpr Row rows[] = {
      {"nothing", "", "oauth_invalid_request"},
      {"no client_id", "request_uri=urn:ietf:params:oauth:request_uri:a", "oauth_invalid_request"},
      {"no request_uri", "client_id=w", "oauth_invalid_request"},
      {"a request without PAR", "client_id=w&response_type=code&scope=identity", "oauth_invalid_request"},
      {"request_uri twice",
       "client_id=w&request_uri=urn:ietf:params:oauth:request_uri:a&request_uri=urn:ietf:params:oauth:request_uri:b",
       "oauth_invalid_request"},
      {"a request_uri to fetch", "client_id=w&request_uri=https://elsewhere.example/r", "oauth_invalid_request_uri"},
      {"a malformed escape", "client_id=%f&request_uri=urn:ietf:params:oauth:request_uri:a", "oauth_invalid_request"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(AuthorizeQuery::parse(row.query)) == row.want);
  }
}
