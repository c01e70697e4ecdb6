#include "core/oid4vci/token.h"

#include <cstring>

#include "core/oid4vci/client_assertion.h"
#include "tests/core/oid4vci/support.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

const std::string kPre = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code";
const std::string kCode = "grant_type=authorization_code&code=c&redirect_uri=w%3A%2Fcb&code_verifier=v";
const std::string kCredentials =
    "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-"
    "bearer";

}  // namespace

TEST_CASE("every grant is read") {
  // OpenID4VCI 1.0, section 6.1.
  const auto pre =
      parse_token_request(kPre + "&pre-authorized_code=SplxlOBeZQQYbYS6WxSbIA&tx_code=493536&more=x").value();
  CHECK(std::get<PreAuthorizedCodeRequest>(pre).code == "SplxlOBeZQQYbYS6WxSbIA");
  CHECK(std::get<PreAuthorizedCodeRequest>(pre).tx_code == "493536");
  CHECK(!std::get<PreAuthorizedCodeRequest>(pre).client_id.has_value());
  const auto credentials =
      parse_token_request(kCredentials + "&client_assertion=a.b.c&client_id=shop&scope=requests").value();
  CHECK(std::get<ClientCredentialsRequest>(credentials).client_assertion == "a.b.c");
  CHECK(std::get<ClientCredentialsRequest>(credentials).client_id == "shop");
  CHECK(std::get<ClientCredentialsRequest>(credentials).scope == "requests");
  const auto code = parse_token_request(kCode + "&client_id=w").value();
  CHECK(std::get<AuthorizationCodeRequest>(code).redirect_uri == "w:/cb");
  CHECK(std::get<AuthorizationCodeRequest>(code).code_verifier == "v");
  const auto refresh = parse_token_request("grant_type=refresh_token&refresh_token=r&scope=a+b").value();
  CHECK(std::get<RefreshTokenRequest>(refresh).scopes == std::vector<std::string>{"a", "b"});
  CHECK(!std::get<PreAuthorizedCodeRequest>(parse_token_request(kPre + "&pre-authorized_code=c&tx_code=").value())
             .tx_code.has_value());
}

TEST_CASE("RFC 6749, section 3.2: a parameter without a value is one that was not sent, unknown ones do not matter") {
  const auto code = std::get<AuthorizationCodeRequest>(
      parse_token_request(kCode + "&client_id=&client_secret=&authorization_details=&kanaria=7391").value());
  CHECK(!code.client_id.has_value());
  CHECK(code.details.empty());
  const auto refresh = parse_token_request("grant_type=refresh_token&refresh_token=r&scope=").value();
  CHECK(std::get<RefreshTokenRequest>(refresh).scopes.empty());
  for (const char* name : {"code", "redirect_uri", "code_verifier"}) {
    INFO(name);
    std::string body = kCode + "&end=";
    const std::size_t begin = body.find(std::string("&") + name + "=") + std::strlen(name) + 2;
    body.erase(begin, body.find('&', begin) - begin);
    CHECK(code_of(parse_token_request(body)) == "oauth_invalid_request");
  }
}

TEST_CASE("requests survive being written and read") {
  for (const TokenRequest& request :
       {TokenRequest(PreAuthorizedCodeRequest{.code = "a b+c", .tx_code = "日本", .client_id = "w"}),
        TokenRequest(AuthorizationCodeRequest{
            .code = "c", .redirect_uri = "w:/cb?a=b", .code_verifier = "v", .client_id = "w", .details = {{"id"}}}),
        TokenRequest(RefreshTokenRequest{.refresh_token = "r", .client_id = "w", .scopes = {"a", "b"}}),
        TokenRequest(ClientCredentialsRequest{.client_assertion = "a.b.c", .client_id = "shop", .scope = "x y"})}) {
    CHECK(to_form(parse_token_request(to_form(request)).value()) == to_form(request));
  }
}

TEST_CASE("token requests that are wrong have their code") {
  struct Row {
    const char* why;
    std::string body;
    const char* want;
  };
  const Row rows[] = {
      {"nothing", "", "oauth_invalid_request"},
      {"JSON", "{\"grant_type\":\"client_credentials\"}", "oauth_invalid_request"},
      {"no grant type", "pre-authorized_code=c", "oauth_invalid_request"},
      {"empty grant type", "grant_type=&pre-authorized_code=c", "oauth_invalid_request"},
      {"grant type twice", kPre + "&pre-authorized_code=c&grant_type=client_credentials", "oauth_invalid_request"},
      {"code twice", kPre + "&pre-authorized_code=c&pre-authorized_code=d", "oauth_invalid_request"},
      {"bad escape", kPre + "&pre-authorized_code=%zz", "oauth_invalid_request"},
      {"bad UTF-8", kPre + "&pre-authorized_code=%ff", "oauth_invalid_request"},
      {"no code", kPre, "oauth_invalid_request"},
      {"empty code", kPre + "&pre-authorized_code=", "oauth_invalid_request"},
      {"code too long", kPre + "&pre-authorized_code=" + std::string(513, 'a'), "oauth_invalid_request"},
      {"tx_code too long", kPre + "&pre-authorized_code=c&tx_code=" + std::string(65, '1'), "oauth_invalid_request"},
      {"no PKCE verifier", "grant_type=authorization_code&code=c&redirect_uri=w:/cb", "oauth_invalid_request"},
      {"no redirect_uri", "grant_type=authorization_code&code=c&code_verifier=v", "oauth_invalid_request"},
      {"no authorization code", "grant_type=authorization_code&redirect_uri=w:/cb&code_verifier=v",
       "oauth_invalid_request"},
      {"details of another type", kCode + "&authorization_details=%5B%7B%22type%22%3A%22x%22%7D%5D",
       "oauth_invalid_authorization_details"},
      {"password", "grant_type=password&username=u&password=p", "oauth_unsupported_grant_type"},
      {"no refresh token", "grant_type=refresh_token", "oauth_invalid_request"},
      {"refresh token too long", "grant_type=refresh_token&refresh_token=" + std::string(513, 'r'),
       "oauth_invalid_request"},
      {"malformed scope", "grant_type=refresh_token&refresh_token=r&scope=a++b", "oauth_invalid_scope"},
      {"draft 11 name", "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized-code&pre-authorized_code=c",
       "oauth_unsupported_grant_type"},
      {"shared secret", "grant_type=client_credentials&client_id=shop&client_secret=s", "oauth_invalid_client"},
      {"no client authentication", "grant_type=client_credentials&client_id=shop", "oauth_invalid_client"},
      {"SAML assertion",
       "grant_type=client_credentials&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer&"
       "client_assertion=a",
       "oauth_invalid_client"},
      {"no assertion", kCredentials, "oauth_invalid_request"},
      {"assertion too long", kCredentials + "&client_assertion=" + std::string(9000, 'a'), "oauth_invalid_request"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(parse_token_request(row.body)) == row.want);
  }
}

TEST_CASE("token responses survive, and malformed ones are refused") {
  const TokenResponse response{.access_token = "abc",
                               .token_type = "DPoP",
                               .expires_in_seconds = 300,
                               .scope = "identity",
                               .authorization_details = {{"identity", {}, {"i"}}},
                               .refresh_token = "r"};
  const auto again = TokenResponse::parse(json::serialize(response.to_json())).value();
  CHECK(again.access_token == "abc");
  CHECK(again.token_type == "DPoP");
  CHECK(again.expires_in_seconds == 300);
  CHECK(again.scope == "identity");
  CHECK(again.refresh_token == "r");
  CHECK(again.authorization_details == response.authorization_details);
  const auto detailed =
      TokenResponse::parse(
          R"({"access_token":"a","token_type":"DPoP","authorization_details":[{"type":"openid_credential","credential_configuration_id":"identity","credential_identifiers":["i1","i2"]}]})")
          .value();
  CHECK(TokenResponse::parse(R"({"access_token":"a","token_type":"DPoP","example_parameter":{"x":1}})").has_value());
  REQUIRE(detailed.authorization_details.size() == 1);
  CHECK(detailed.authorization_details[0].credential_identifiers == std::vector<std::string>{"i1", "i2"});
  for (const char* text :
       {"", "[]", "{}", R"({"access_token":"a"})", R"({"token_type":"DPoP"})",
        R"({"access_token":1,"token_type":"DPoP"})", R"({"access_token":"","token_type":"DPoP"})",
        R"({"access_token":"a b","token_type":"DPoP"})", R"({"access_token":"a\r\nX: y","token_type":"DPoP"})",
        R"({"access_token":"日","token_type":"DPoP"})", R"({"access_token":"a","token_type":null})",
        R"({"access_token":"a","token_type":"DPoP","expires_in":"300"})",
        R"({"access_token":"a","token_type":"DPoP","expires_in":-1})",
        R"({"access_token":"a","token_type":"DPoP","authorization_details":[1]})",
        R"({"access_token":"a","token_type":"DPoP","authorization_details":[{"type":"openid_credential"}]})",
        R"({"access_token":"a","token_type":"DPoP","refresh_token":""})",
        R"({"access_token":"a","token_type":"DPoP","refresh_token":7})",
        R"({"access_token":"a","access_token":"b","token_type":"DPoP"})"}) {
    INFO(text);
    CHECK(code_of(TokenResponse::parse(text)) == "oid4vci_response_malformed");
  }
}

TEST_CASE("a client assertion is what it should be, or the client is unknown") {
  SeededRng rng(3);
  const crypto::P256PrivateKey key = key_from(rng), other = key_from(rng);
  const std::vector<std::string> audiences = {"https://issuer.example", "https://issuer.example/token"};
  const ClientAssertionPolicy policy{.audiences = audiences, .form_client_id = std::nullopt, .now = kNow};

  const auto made =
      ClientAssertion::parse(make_client_assertion("shop", audiences[0], key, kNow, rng, "k1").value()).value();
  CHECK(made.unverified_client_id() == "shop");
  CHECK(made.unverified_kid() == "k1");
  const auto verified = made.verify(key.public_key(), policy).value();
  CHECK(verified.client_id() == "shop");
  CHECK(verified.jti().size() == 22);
  CHECK(verified.remember_until() == kNow + seconds(60 + 120));
  CHECK(outcome(made.verify(other.public_key(), policy)) == "oauth_invalid_client/jws_signature_invalid");
  CHECK(outcome(made.verify(key.public_key(), {.audiences = audiences, .form_client_id = "cafe", .now = kNow})) ==
        "oauth_invalid_client/not the client_id of the request");
  CHECK(made.verify(key.public_key(), {.audiences = audiences, .form_client_id = "shop", .now = kNow}).has_value());
  CHECK(made.verify(key.public_key(),
                    {.audiences = audiences, .form_client_id = std::nullopt, .now = kNow + seconds(119)})
            .has_value());
  CHECK(outcome(made.verify(key.public_key(),
                            {.audiences = audiences, .form_client_id = std::nullopt, .now = kNow + seconds(120)})) ==
        "oauth_invalid_client/jwt_expired");

  struct Draft {
    json::Object header, payload;
  };
  struct Row {
    const char* why;
    void (*change)(Draft&, std::int64_t);
    const char* want;
  };
  static constexpr Row rows[] = {
      {"unchanged", [](Draft&, std::int64_t) {}, "accepted"},
      {"typ JWT", [](Draft& d, std::int64_t) { d.header["typ"] = "JWT"; }, "accepted"},
      {"no typ", [](Draft& d, std::int64_t) { d.header.erase("typ"); }, "accepted"},
      {"no iat", [](Draft& d, std::int64_t) { d.payload.erase("iat"); }, "accepted"},
      {"aud the token endpoint", [](Draft& d, std::int64_t) { d.payload["aud"] = "https://issuer.example/token"; },
       "accepted"},
      {"aud an array of one",
       [](Draft& d, std::int64_t) { d.payload["aud"] = json::Array{json::Value("https://issuer.example")}; },
       "accepted"},
      {"typ of a DPoP proof", [](Draft& d, std::int64_t) { d.header["typ"] = "dpop+jwt"; },
       "oauth_invalid_client/jws_typ_mismatch"},
      {"typ of a key proof", [](Draft& d, std::int64_t) { d.header["typ"] = "openid4vci-proof+jwt"; },
       "oauth_invalid_client/jws_typ_mismatch"},
      {"typ a number", [](Draft& d, std::int64_t) { d.header["typ"] = 1; }, "oauth_invalid_client/jws_typ_mismatch"},
      {"jwk in header", [](Draft& d, std::int64_t) { d.header["jwk"] = json::Object(); },
       "oauth_invalid_client/jws_header_not_allowed"},
      {"x5c in header", [](Draft& d, std::int64_t) { d.header["x5c"] = json::Array{"AAAA"}; },
       "oauth_invalid_client/jws_header_not_allowed"},
      {"crit", [](Draft& d, std::int64_t) { d.header["crit"] = json::Array{"exp"}; },
       "oauth_invalid_client/jws_crit_not_understood"},
      {"no sub", [](Draft& d, std::int64_t) { d.payload.erase("sub"); }, "oauth_invalid_client/json_missing_member"},
      {"empty sub", [](Draft& d, std::int64_t) { d.payload["sub"] = ""; }, "oauth_invalid_client/empty or too long"},
      {"no iss", [](Draft& d, std::int64_t) { d.payload.erase("iss"); }, "oauth_invalid_client/json_missing_member"},
      {"iss another", [](Draft& d, std::int64_t) { d.payload["iss"] = "cafe"; },
       "oauth_invalid_client/iss and sub must both be the client_id"},
      {"no aud", [](Draft& d, std::int64_t) { d.payload.erase("aud"); }, "oauth_invalid_client/must be one string"},
      {"aud another", [](Draft& d, std::int64_t) { d.payload["aud"] = "https://other.example"; },
       "oauth_invalid_client/another audience"},
      {"aud with a slash more", [](Draft& d, std::int64_t) { d.payload["aud"] = "https://issuer.example/"; },
       "oauth_invalid_client/another audience"},
      {"aud several",
       [](Draft& d, std::int64_t) {
         d.payload["aud"] = json::Array{"https://issuer.example", "https://other.example"};
       },
       "oauth_invalid_client/must be one string"},
      {"no exp", [](Draft& d, std::int64_t) { d.payload.erase("exp"); }, "oauth_invalid_client/jwt_claim_missing"},
      {"exp a string", [](Draft& d, std::int64_t) { d.payload["exp"] = "9999999999"; },
       "oauth_invalid_client/jwt_claim_wrong_type"},
      {"exp long ago", [](Draft& d, std::int64_t now) { d.payload["exp"] = now - 60; },
       "oauth_invalid_client/jwt_expired"},
      {"exp within leeway", [](Draft& d, std::int64_t now) { d.payload["exp"] = now - 59; }, "accepted"},
      {"exp at the edge", [](Draft& d, std::int64_t now) { d.payload["exp"] = now + 600; }, "accepted"},
      {"exp a second too far", [](Draft& d, std::int64_t now) { d.payload["exp"] = now + 601; },
       "oauth_invalid_client/too far ahead"},
      {"iat in the future", [](Draft& d, std::int64_t now) { d.payload["iat"] = now + 61; },
       "oauth_invalid_client/jwt_issued_in_future"},
      {"iat too old", [](Draft& d, std::int64_t now) { d.payload["iat"] = now - 601; },
       "oauth_invalid_client/jwt_too_old"},
      {"nbf in the future", [](Draft& d, std::int64_t now) { d.payload["nbf"] = now + 61; },
       "oauth_invalid_client/jwt_not_yet_valid"},
      {"no jti", [](Draft& d, std::int64_t) { d.payload.erase("jti"); }, "oauth_invalid_client/json_missing_member"},
      {"empty jti", [](Draft& d, std::int64_t) { d.payload["jti"] = ""; }, "oauth_invalid_client/empty or too long"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Draft draft{{{"typ", "client-authentication+jwt"}, {"kid", "k"}},
                {{"iss", "shop"},
                 {"sub", "shop"},
                 {"aud", "https://issuer.example"},
                 {"jti", "j"},
                 {"iat", kNow.unix_seconds()},
                 {"exp", kNow.unix_seconds() + 60}}};
    row.change(draft, kNow.unix_seconds());
    const auto assertion = ClientAssertion::parse(jose::sign_jws(draft.header, draft.payload, key).value());
    CHECK((assertion ? outcome(assertion->verify(key.public_key(), policy)) : outcome(assertion)) == row.want);
  }
  CHECK(code_of(ClientAssertion::parse("")) == "oauth_invalid_client");
  CHECK(code_of(ClientAssertion::parse("eyJhbGciOiJub25lIn0.e30.")) == "oauth_invalid_client");
}
