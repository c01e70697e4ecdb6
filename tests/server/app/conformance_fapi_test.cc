#include <doctest/doctest.h>

#include <algorithm>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/crypto/hash.h"
#include "core/jose/jwk.h"
#include "tests/server/world/code_flow.h"
#include "tests/server/world/later.h"

// The modules of FAPI 2.0 (security profile) that the OpenID Foundation's conformance suite plays against an issuer of
// HAIP: oid4vci-1_0-issuer-haip-test-plan. Those for signed request objects, ID tokens and private_key_jwt are not in
// that plan. docs/conformance/modules.md.
namespace mibun::server {
namespace {

using Words = std::vector<std::string_view>;

TestWorld& ready() {
  static_cast<void>(world().approved_case());
  return world();
}

// 400 (or 401 where the client is meant), JSON, one of the words that the suite takes.
void check_refused(const Reply& reply, const Words& words) {
  INFO(reply.response.body);
  CHECK((reply.status() == 400 || (reply.status() == 401 && reply.code() == "invalid_client")));
  CHECK(reply.response.content_type == "application/json");
  CHECK(std::ranges::find(words, reply.code()) != words.end());
}

// A page that says why, and no redirect to anybody.
void check_error_page(const Reply& reply) {
  CHECK(reply.status() == 400);
  CHECK_FALSE(reply.response.header("location").has_value());
}

std::string code_of_pushed(const CodeFlow& flow, const Reply& pushed) {
  REQUIRE(pushed.status() == 201);
  const std::string id = flow.open(pushed.text("request_uri")).text("authorization_id");
  return parameter(flow.decide(flow.world.holder, id).text("redirect_to"), "code");
}

// The credential endpoint as the suite's protected resource: asked with an access token and a proof of it.
struct Resource {
  Resource() : flow(ready()), token(flow.token(flow.code_fields(flow.code(flow.world.holder))).text("access_token")) {}

  JwtParts proof() const { return flow.world.dpop_proof(*flow.key, "POST", "/oid4vci/credential", token); }
  TestRequest request(const std::string& proof, const std::string& scheme = "DPoP") const {
    const auto card_key = crypto::P256PrivateKey::generate();
    JwtParts key_proof = flow.world.key_proof(card_key, flow.world.nonce());
    key_proof.payload["iss"] = "test-wallet";
    return {"POST",
            "/oid4vci/credential",
            json::serialize(flow.world.credential_body({sign_jwt(key_proof, card_key)})),
            {{"Content-Type", std::string(kJsonType)}, {"Authorization", scheme + " " + token}, {"DPoP", proof}}};
  }
  int ask(const std::function<void(JwtParts&)>& change) const {
    JwtParts parts = proof();
    change(parts);
    return ask_with(sign_jwt(parts, *flow.key));
  }
  int ask_with(const std::string& proof) const { return flow.world.send(request(proof)).status(); }

  CodeFlow flow;
  std::string token;
};

}  // namespace

TEST_CASE("fapi2-security-profile-final-discovery-end-point-verification: what the profile wants is published") {
  const Reply reply = ready().send_well({.target = "/.well-known/oauth-authorization-server"}, 200);
  CHECK(reply.text("issuer") == kOrigin);
  for (const char* endpoint : {"authorization_endpoint", "token_endpoint", "pushed_authorization_request_endpoint"}) {
    CHECK(reply.text(endpoint).starts_with("https://"));
  }
  CHECK(reply.json.at("require_pushed_authorization_requests") == true);
  CHECK(reply.json.at("authorization_response_iss_parameter_supported") == true);
  CHECK(reply.json.at("code_challenge_methods_supported") == json::Array{"S256"});
  CHECK(reply.json.at("response_types_supported") == json::Array{"code"});
  CHECK(reply.json.at("dpop_signing_alg_values_supported") == json::Array{"ES256"});
}

TEST_CASE("fapi2-security-profile-final-happy-flow: a code, a token, what it is for") {
  const Resource resource;
  CHECK(resource.ask([](JwtParts&) {}) == 200);
}

TEST_CASE("fapi2-security-profile-final-access-token-type-header-case-sensitivity: the scheme in any letters") {
  for (const char* scheme : {"dpop", "DPOP", "dPoP"}) {
    const Resource resource;
    CHECK(resource.flow.world.send(resource.request(sign_jwt(resource.proof(), *resource.flow.key), scheme)).status() ==
          200);
  }
}

// ---- The pushed request ----

TEST_CASE("fapi2-security-profile-final-par-ensure-pkce-required: invalid_request") {
  const CodeFlow flow(ready());
  check_refused(flow.push(without(without(flow.par_fields(), "code_challenge"), "code_challenge_method")),
                {"invalid_request"});
}

TEST_CASE("fapi2-security-profile-final-par-plain-pkce-rejected: invalid_request") {
  const CodeFlow flow(ready());
  check_refused(
      flow.push(with(with(flow.par_fields(), "code_challenge", flow.verifier), "code_challenge_method", "plain")),
      {"invalid_request"});
}

TEST_CASE("fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request: invalid_request") {
  const CodeFlow flow(ready());
  check_refused(flow.push(without(flow.par_fields(), "redirect_uri")), {"invalid_request", "invalid_request_object"});
}

TEST_CASE("fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails: invalid_request") {
  const CodeFlow flow(ready());
  // The same without a request object, also where the address of the page would have one.
  const FormParameters fields = without(flow.par_fields(), "redirect_uri");
  check_refused(flow.push(fields), {"invalid_request", "invalid_request_object"});
}

TEST_CASE("fapi2-security-profile-final-ensure-response-type-token-fails: unsupported_response_type") {
  const CodeFlow flow(ready());
  check_refused(flow.push(with(flow.par_fields(), "response_type", "token")),
                {"unsupported_response_type", "invalid_request", "unauthorized_client"});
}

TEST_CASE("fapi2-security-profile-final-ensure-response-type-code-idtoken-fails: unsupported_response_type") {
  const CodeFlow flow(ready());
  check_refused(flow.push(with(flow.par_fields(), "response_type", "code id_token")),
                {"unsupported_response_type", "invalid_request", "unauthorized_client"});
}

TEST_CASE("fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param: invalid_request") {
  const CodeFlow flow(ready());
  check_refused(flow.push(with(flow.par_fields(), "request_uri", flow.request_uri())), {"invalid_request"});
}

TEST_CASE("fapi2-security-profile-final-par-attempt-invalid-http-method: GET and PUT are refused") {
  const CodeFlow flow(ready());
  const std::string fields = form::encode(flow.par_fields());
  CHECK(flow.world.send({.method = "GET", .target = "/oauth/par?" + fields}).status() == 405);
  TestRequest put = flow.form_request("/oauth/par", flow.par_fields(), flow.proof("/oauth/par"));
  put.method = "PUT";
  CHECK(flow.world.send(put).status() == 405);
}

TEST_CASE("fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails: at the pushed request") {
  const CodeFlow flow(ready()), other(flow.world);
  const std::string jkt = jose::Jwk(other.key->public_key()).thumbprint();
  check_refused(flow.push(with(flow.par_fields(), "dpop_jkt", jkt)), {"invalid_request", "invalid_dpop_proof"});
}

TEST_CASE("fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri: invalid_request") {
  const CodeFlow flow(ready());
  check_refused(flow.push(with(flow.par_fields(), "redirect_uri", "https://wallet.example/cb?dummy1=lorem")),
                {"invalid_request", "invalid_request_object"});
}

// ---- The page ----

TEST_CASE("fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails: a page") {
  const CodeFlow flow(ready());
  TestRequest request;
  request.target = "/oauth/authorize?" + form::encode(flow.par_fields());
  check_error_page(flow.world.send(request));
}

TEST_CASE("fapi2-security-profile-final-par-attempt-reuse-request_uri: a page, once the code was given") {
  const CodeFlow flow(ready());
  const std::string uri = flow.request_uri();
  const std::string id = flow.open(uri).text("authorization_id");
  REQUIRE(flow.decide(flow.world.holder, id).status() == 200);
  check_error_page(flow.open(uri));
}

TEST_CASE("fapi2-security-profile-final-par-attempt-to-use-expired-request_uri: a page") {
  const CodeFlow flow(ready());
  const Reply pushed = flow.push(flow.par_fields());
  const auto lifetime = seconds(pushed.json.at("expires_in").to_number<int>());
  CHECK(lifetime < seconds(600));
  const Later later(flow.world, lifetime);
  check_error_page(flow.open(pushed.text("request_uri")));
}

TEST_CASE("fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client: a page") {
  const CodeFlow flow(ready());
  check_error_page(flow.open(flow.request_uri(), "other-wallet"));
}

TEST_CASE("fapi2-security-profile-final-par-without-duplicate-parameters: client_id and request_uri are enough") {
  const CodeFlow flow(ready());
  CHECK(flow.open(flow.request_uri()).status() == 200);
}

TEST_CASE("fapi2-security-profile-final-state-only-outside-request-object-not-used: no state comes back") {
  const CodeFlow flow(ready());
  const Reply pushed = flow.push(without(flow.par_fields(), "state"));
  TestRequest request;
  request.target = "/oauth/authorize?" + form::encode({{"client_id", "test-wallet"},
                                                       {"request_uri", pushed.text("request_uri")},
                                                       {"state", "from-outside"}});
  const Reply question = flow.world.send(request.add("Accept", kJsonType));
  REQUIRE(question.status() == 200);
  const std::string redirect = flow.decide(flow.world.holder, question.text("authorization_id")).text("redirect_to");
  CHECK(parameter(redirect, "state").empty());
  CHECK_FALSE(parameter(redirect, "code").empty());
}

TEST_CASE("fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object: the pushed one") {
  const CodeFlow flow(ready());
  TestRequest request;
  request.target =
      "/oauth/authorize?" +
      form::encode({{"client_id", "test-wallet"}, {"request_uri", flow.request_uri()}, {"state", "from-outside"}});
  const Reply question = flow.world.send(request.add("Accept", kJsonType));
  REQUIRE(question.status() == 200);
  const std::string redirect = flow.decide(flow.world.holder, question.text("authorization_id")).text("redirect_to");
  CHECK(parameter(redirect, "state") == "state-7");
}

TEST_CASE("fapi2-security-profile-final-ensure-authorization-request-with-long-state: it comes back whole") {
  const CodeFlow flow(ready());
  const std::string state(384, 's');
  const Reply pushed = flow.push(with(flow.par_fields(), "state", state));
  const std::string id = flow.open(pushed.text("request_uri")).text("authorization_id");
  CHECK(parameter(flow.decide(flow.world.holder, id).text("redirect_to"), "state") == state);
}

TEST_CASE("fapi2-security-profile-final-ensure-authorization-request-without-state-success: none comes back") {
  const CodeFlow flow(ready());
  const Reply pushed = flow.push(without(flow.par_fields(), "state"));
  const std::string id = flow.open(pushed.text("request_uri")).text("authorization_id");
  const std::string redirect = flow.decide(flow.world.holder, id).text("redirect_to");
  CHECK(redirect.find("state=") == std::string::npos);
  CHECK(parameter(redirect, "iss") == kOrigin);
}

TEST_CASE("fapi2-security-profile-final-user-rejects-authentication: access_denied, with state and iss") {
  const CodeFlow flow(ready());
  const std::string target = "/api/v1/authorizations/" + flow.authorization_id() + "/refusal";
  const std::string redirect =
      flow.world.send_well(flow.world.json_request("POST", target, {}), 200).text("redirect_to");
  CHECK(parameter(redirect, "error") == "access_denied");
  CHECK(parameter(redirect, "state") == "state-7");
  CHECK(parameter(redirect, "iss") == kOrigin);
  CHECK(parameter(redirect, "code").empty());
}

// ---- The code ----

TEST_CASE("fapi2-security-profile-final-ensure-pkce-code-verifier-required: no token without it") {
  const CodeFlow flow(ready());
  check_refused(flow.token(without(flow.code_fields(flow.code(flow.world.holder)), "code_verifier")),
                {"invalid_grant", "invalid_request"});
}

TEST_CASE("fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected: invalid_grant") {
  const CodeFlow flow(ready()), other(flow.world);
  check_refused(flow.token(with(flow.code_fields(flow.code(flow.world.holder)), "code_verifier", other.verifier)),
                {"invalid_grant"});
}

TEST_CASE("fapi2-security-profile-final-ensure-client-id-in-token-endpoint: another client's name is refused") {
  const CodeFlow flow(ready());
  check_refused(flow.token(with(flow.code_fields(flow.code(flow.world.holder)), "client_id", "other-wallet")),
                {"invalid_client", "invalid_grant"});
}

TEST_CASE("fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client: invalid_grant") {
  const CodeFlow flow(ready());
  const FormParameters right = flow.code_fields(flow.code(flow.world.holder));
  check_refused(flow.token(with(right, "client_id", "other-wallet")), {"invalid_grant"});
  CHECK(flow.token(right).status() == 200);
}

TEST_CASE("fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second: invalid_grant") {
  const CodeFlow flow(ready());
  const FormParameters right = flow.code_fields(flow.code(flow.world.holder));
  const std::string token = flow.token(right).text("access_token");
  const Later later(flow.world, seconds(1));
  check_refused(flow.token(right), {"invalid_grant"});
  CHECK(flow.credential(token).status() == 401);
}

TEST_CASE("fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code: invalid_grant") {
  const CodeFlow flow(ready());
  const FormParameters right = flow.code_fields(flow.code(flow.world.holder));
  const Later later(flow.world, seconds(60));
  check_refused(flow.token(right), {"invalid_grant"});
}

TEST_CASE("fapi2-security-profile-final-refresh-token: a new token, for its client and key alone") {
  const CodeFlow flow(ready()), other(flow.world);
  const Reply first = flow.token(flow.code_fields(flow.code(flow.world.holder)));
  const FormParameters refresh = flow.refresh_fields(first.text("refresh_token"));
  check_refused(flow.token(with(refresh, "client_id", "other-wallet")), {"invalid_grant"});
  check_refused(other.token(refresh), {"invalid_grant", "invalid_dpop_proof"});
  const Reply second = flow.token(refresh);
  REQUIRE(second.status() == 200);
  CHECK(flow.credential(second.text("access_token")).status() == 200);
}

// ---- DPoP ----

TEST_CASE("fapi2-security-profile-final-ensure-holder-of-key-required: no token without a proof") {
  const CodeFlow flow(ready());
  TestRequest bare = flow.token_request(flow.code_fields(flow.code(flow.world.holder)));
  check_refused(flow.world.send(bare.drop("DPoP")), {"invalid_request", "invalid_grant", "invalid_dpop_proof"});
}

TEST_CASE("fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt: no token") {
  const CodeFlow flow(ready()), other(flow.world);
  const std::string jkt = jose::Jwk(other.key->public_key()).thumbprint();
  const Reply pushed =
      flow.world.send(flow.form_request("/oauth/par", with(flow.par_fields(), "dpop_jkt", jkt), "").drop("DPoP"));
  check_refused(flow.token(flow.code_fields(code_of_pushed(flow, pushed))),
                {"invalid_request", "invalid_grant", "invalid_dpop_proof"});
}

TEST_CASE("fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt: no token") {
  const CodeFlow flow(ready()), other(flow.world);
  const Reply pushed = flow.push(flow.par_fields());  // with a proof of flow's key
  check_refused(other.token(flow.code_fields(code_of_pushed(flow, pushed))),
                {"invalid_request", "invalid_grant", "invalid_dpop_proof"});
}

TEST_CASE("fapi2-security-profile-final-ensure-dpop-auth-code-binding-success: by dpop_jkt alone") {
  const CodeFlow flow(ready());
  const std::string jkt = jose::Jwk(flow.key->public_key()).thumbprint();
  const Reply pushed =
      flow.world.send(flow.form_request("/oauth/par", with(flow.par_fields(), "dpop_jkt", jkt), "").drop("DPoP"));
  CHECK(flow.token(flow.code_fields(code_of_pushed(flow, pushed))).status() == 200);
}

TEST_CASE("fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success: by the proof alone") {
  const CodeFlow flow(ready());
  CHECK(flow.token(flow.code_fields(code_of_pushed(flow, flow.push(flow.par_fields())))).status() == 200);
}

TEST_CASE("fapi2-security-profile-final-check-dpop-proof-nbf-exp: both may be there") {
  const Resource resource;
  CHECK(resource.ask([&](JwtParts& parts) {
    const std::int64_t now = resource.flow.world.clock.now().unix_seconds();
    parts.payload["nbf"] = now;
    parts.payload["exp"] = now + 300;
  }) == 200);
}

TEST_CASE("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds") {
  const Resource resource;
  CHECK(resource.ask([](JwtParts& p) { p.payload["iat"] = p.payload.at("iat").as_int64() - 10; }) == 200);
}

TEST_CASE("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds") {
  const Resource resource;
  CHECK(resource.ask([](JwtParts& p) { p.payload["iat"] = p.payload.at("iat").as_int64() + 10; }) == 200);
}

TEST_CASE("fapi2-security-profile-final-dpop-negative-tests: each wrong proof is 400 or 401") {
  const Resource resource;
  const auto refuses = [](int status) { return status == 400 || status == 401; };
  struct Row {
    std::string_view why;
    std::function<void(JwtParts&)> change;
  };
  const Row rows[] = {
      {"no typ", [](auto& p) { p.header.erase("typ"); }},
      {"another typ", [](auto& p) { p.header["typ"] = "jwt"; }},
      {"no jwk", [](auto& p) { p.header.erase("jwk"); }},
      {"no jti", [](auto& p) { p.payload.erase("jti"); }},
      {"no htm", [](auto& p) { p.payload.erase("htm"); }},
      {"another htm", [](auto& p) { p.payload["htm"] = "PUT"; }},
      {"no htu", [](auto& p) { p.payload.erase("htu"); }},
      {"another htu", [](auto& p) { p.payload["htu"] = "https://other.example/oid4vci/credential"; }},
      {"no iat", [](auto& p) { p.payload.erase("iat"); }},
      {"no ath", [](auto& p) { p.payload.erase("ath"); }},
      {"another ath", [](auto& p) { p.payload["ath"] = base64url::encode(crypto::sha256("another token")); }},
      {"an hour early", [](auto& p) { p.payload["iat"] = p.payload.at("iat").as_int64() + 3600; }},
      {"an hour late", [](auto& p) { p.payload["iat"] = p.payload.at("iat").as_int64() - 3600; }},
      {"a private key",
       [&](auto& p) {
         const SecretBytes scalar = resource.flow.key->scalar();
         p.header.at("jwk").as_object()["d"] = base64url::encode(scalar.reveal());
       }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(refuses(resource.ask(row.change)));
  }
  const std::string good = sign_jwt(resource.proof(), *resource.flow.key);
  const std::string body = good.substr(good.find('.'));
  JwtParts parts = resource.proof();
  CHECK(refuses(resource.ask_with("kanaria")));                                          // no JWT
  CHECK(refuses(resource.ask_with(good.substr(0, good.rfind('.') + 1))));                // no signature
  CHECK(refuses(resource.ask_with(base64url::encode(R"({"typ":"dpop+jwt"})") + body)));  // no alg, no jwk
  CHECK(refuses(resource.ask_with(base64url::encode(json::serialize(json::Object{
                                      {"typ", "dpop+jwt"}, {"alg", "none"}, {"jwk", parts.header.at("jwk")}})) +
                                  body.substr(0, body.rfind('.') + 1))));  // alg none
  std::string broken = good;
  broken[broken.size() - 20] = broken[broken.size() - 20] == 'A' ? 'B' : 'A';
  CHECK(refuses(resource.ask_with(broken)));
  const auto another = crypto::P256PrivateKey::generate();
  parts.header["jwk"] = jose::Jwk(another.public_key()).to_json();
  CHECK(refuses(resource.ask_with(sign_jwt(parts, another))));
  TestRequest twice = resource.request(good);
  CHECK(refuses(resource.flow.world.send(twice.add("DPoP", sign_jwt(resource.proof(), *resource.flow.key))).status()));
  TestRequest bearer = resource.request(good, "Bearer");
  CHECK(refuses(resource.flow.world.send(bearer.drop("DPoP")).status()));

  // What is no fault. A token gives its cards once, so each has one of its own.
  const auto takes = [](const std::function<void(JwtParts&)>& change) { return Resource().ask(change) == 200; };
  CHECK(takes([](JwtParts& p) {
    p.header["x-unknown"] = "1";
    p.payload["unknown"] = "1";
  }));
  CHECK(takes([](JwtParts& p) { p.payload["htu"] = std::string(p.payload.at("htu").as_string()) + "?a=b#c"; }));
  // A proof that comes again, with another request.
  const std::string once = sign_jwt(resource.proof(), *resource.flow.key);
  CHECK(resource.ask_with(once) == 200);
  CHECK(resource.flow.world.send(resource.request(once)).code() == "invalid_dpop_proof");
}
}  // namespace mibun::server
