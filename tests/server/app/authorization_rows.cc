#include "core/codecs/url.h"
#include "tests/server/app/row.h"
#include "tests/server/world/code_flow.h"

// Pushed authorization requests, the page, the person's answer, codes and refresh tokens. What happens to something
// that was good and is used again or by somebody else is in authorization_test.cc.
namespace mibun::server {
namespace {

using Change = std::function<FormParameters(const FormParameters& right)>;

Row push_row(std::string what, int status, std::string code, Change change) {
  return {"A pushed request " + std::move(what), status, std::move(code), [change = std::move(change)](TestWorld& w) {
            const CodeFlow flow(w);
            return flow.push(change(flow.par_fields()));
          }};
}

Change set(const std::string& name, const std::string& value) {
  return [=](const FormParameters& right) { return with(right, name, value); };
}
Change drop(const std::string& name) {
  return [=](const FormParameters& right) { return without(right, name); };
}

void add_pushes(std::vector<Row>& rows) {
  const std::string detail = R"([{"type":"openid_credential","credential_configuration_id":")";
  rows.push_back(push_row("that is right is taken", 201, "", [](const FormParameters& right) { return right; }));
  rows.push_back(push_row("without client_id is refused", 400, "invalid_request", drop("client_id")));
  rows.push_back(push_row("of an unknown client is refused", 401, "invalid_client", set("client_id", "kanaria7391")));
  rows.push_back(push_row("of a client with a secret is refused", 401, "invalid_client", set("client_secret", "s")));
  rows.push_back(push_row("with another redirect_uri than registered is refused", 400, "invalid_request",
                          set("redirect_uri", "https://wallet.example/cb/kanaria7391")));
  rows.push_back(push_row("with another client's redirect_uri is refused", 400, "invalid_request",
                          set("redirect_uri", "https://other.example/cb")));
  rows.push_back(push_row("with a redirect_uri in other letters is refused", 400, "invalid_request",
                          set("redirect_uri", "https://WALLET.example/cb")));
  rows.push_back(push_row("without redirect_uri is refused", 400, "invalid_request", drop("redirect_uri")));
  rows.push_back(push_row("with a request_uri inside is refused", 400, "invalid_request",
                          set("request_uri", "urn:ietf:params:oauth:request_uri:x")));
  rows.push_back(push_row("with a request object inside is refused", 400, "invalid_request", set("request", "a.b.c")));
  rows.push_back(push_row("without PKCE is refused", 400, "invalid_request", drop("code_challenge")));
  rows.push_back(push_row("with PKCE plain is refused", 400, "invalid_request", set("code_challenge_method", "plain")));
  rows.push_back(push_row("without a PKCE method is refused", 400, "invalid_request", drop("code_challenge_method")));
  rows.push_back(
      push_row("for a token at once is refused", 400, "unsupported_response_type", set("response_type", "token")));
  rows.push_back(
      push_row("for another issuer is refused", 400, "invalid_request", set("resource", "https://other.example")));
  rows.push_back(push_row("for this issuer by name is taken", 201, "", set("resource", std::string(kOrigin))));
  rows.push_back(push_row("with a parameter that nobody knows is taken", 201, "", set("kanaria", "7391")));
  rows.push_back(push_row("with an unknown scope only is refused", 400, "invalid_scope", set("scope", "kanaria7391")));
  rows.push_back(push_row("with the partners' scope is refused", 400, "invalid_scope", set("scope", "partner")));
  rows.push_back(push_row("with an unknown scope beside a known one is taken", 201, "",
                          set("scope", "kanaria7391 mibun_identity")));
  rows.push_back(push_row("for nothing is refused", 400, "invalid_scope", drop("scope")));
  rows.push_back(push_row("with details of another type is refused", 400, "invalid_authorization_details",
                          set("authorization_details", R"([{"type":"account_information"}])")));
  rows.push_back(push_row("with details for an unknown card is refused", 400, "invalid_authorization_details",
                          set("authorization_details", detail + "kanaria7391\"}]")));
  rows.push_back(push_row(
      "with details for another issuer is refused", 400, "invalid_authorization_details",
      set("authorization_details", detail + R"(mibun_identity_sd_jwt","locations":["https://other.example"]}])")));
  rows.push_back(push_row("with a malformed dpop_jkt is refused", 400, "invalid_request", set("dpop_jkt", "x")));
  rows.push_back({"A pushed request with a broken DPoP proof is refused", 400, "invalid_dpop_proof", [](TestWorld& w) {
                    const CodeFlow flow(w);
                    return w.send(flow.form_request("/oauth/par", flow.par_fields(), "kanaria7391"));
                  }});
  rows.push_back(
      {"A pushed request with the token endpoint's DPoP proof is refused", 400, "invalid_dpop_proof", [](TestWorld& w) {
         const CodeFlow flow(w);
         return w.send(flow.form_request("/oauth/par", flow.par_fields(), flow.proof("/oauth/token")));
       }});
  rows.push_back({"A pushed request with a used DPoP proof is refused", 400, "invalid_dpop_proof", [](TestWorld& w) {
                    const CodeFlow flow(w);
                    const TestRequest request =
                        flow.form_request("/oauth/par", flow.par_fields(), flow.proof("/oauth/par"));
                    w.send_well(request, 201);
                    return w.send(request);
                  }});
}

Row authorize_row(std::string what, std::string query) {
  return {"An authorization address " + std::move(what), 400, "oauth_invalid_request",
          [query = std::move(query)](TestWorld& w) {
            TestRequest request;
            request.target = "/oauth/authorize" + query;
            return w.send(request.add("Accept", kJsonType));
          }};
}

void add_pages(std::vector<Row>& rows) {
  rows.push_back(authorize_row("with nothing in it is refused", ""));
  rows.push_back(authorize_row("that was never pushed is refused",
                               "?response_type=code&client_id=test-wallet&scope=mibun_identity"));
  rows.push_back(authorize_row("without client_id is refused", "?request_uri=urn:ietf:params:oauth:request_uri:x"));
  Row unknown = authorize_row("with an unknown request_uri is refused",
                              "?client_id=test-wallet&request_uri=urn:ietf:params:oauth:request_uri:kanaria7391");
  unknown.code = "oauth_invalid_request_uri";
  rows.push_back(std::move(unknown));
  Row elsewhere = authorize_row("with a request_uri to fetch is refused",
                                "?client_id=test-wallet&request_uri=https%3A%2F%2Fkanaria7391.example");
  elsewhere.code = "oauth_invalid_request_uri";
  rows.push_back(std::move(elsewhere));
}

Row redeem_row(std::string what, int status, std::string code, FormParameters fields) {
  return {"A token request " + std::move(what), status, std::move(code), [fields = std::move(fields)](TestWorld& w) {
            const CodeFlow flow(w);
            return flow.token(fields);
          }};
}

void add_redemptions(std::vector<Row>& rows) {
  const FormParameters code = {{"grant_type", "authorization_code"},
                               {"client_id", "test-wallet"},
                               {"code", "kanaria7391"},
                               {"redirect_uri", "https://wallet.example/cb"},
                               {"code_verifier", std::string(43, 'a')}};
  const FormParameters refresh = {
      {"grant_type", "refresh_token"}, {"client_id", "test-wallet"}, {"refresh_token", "kanaria7391"}};
  rows.push_back(redeem_row("with an unknown code is refused", 400, "invalid_grant", code));
  rows.push_back(redeem_row("without a code is refused", 400, "invalid_request", without(code, "code")));
  rows.push_back(
      redeem_row("without its redirect_uri is refused", 400, "invalid_request", without(code, "redirect_uri")));
  rows.push_back(
      redeem_row("for a code without a client is refused", 401, "invalid_client", without(code, "client_id")));
  rows.push_back(redeem_row("for a code of an unknown client is refused", 401, "invalid_client",
                            with(code, "client_id", "kanaria7391")));
  rows.push_back(redeem_row("with an unknown refresh token is refused", 400, "invalid_grant", refresh));
  rows.push_back(
      redeem_row("without a refresh token is refused", 400, "invalid_request", without(refresh, "refresh_token")));
  rows.push_back(
      redeem_row("to refresh without a client is refused", 400, "invalid_grant", without(refresh, "client_id")));
  rows.push_back(
      redeem_row("to refresh with a malformed scope is refused", 400, "invalid_scope", with(refresh, "scope", "a  b")));
}

}  // namespace

std::vector<Row> authorization_rows() {
  std::vector<Row> rows;
  add_pushes(rows);
  add_pages(rows);
  add_redemptions(rows);
  return rows;
}

}  // namespace mibun::server
