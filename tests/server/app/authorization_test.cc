#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/oid4vci/pkce.h"
#include "core/oid4vci/signed_metadata.h"
#include "server/authorization/service.h"
#include "tests/server/world/code_flow.h"
#include "tests/server/world/later.h"

// The authorization code flow against the whole server: from the pushed request to cards, and everything that must not
// work on the way.
namespace mibun::server {
namespace {

// The world with a holder whose case is approved.
TestWorld& ready() {
  static_cast<void>(world().approved_case());
  return world();
}

Reply redeemed(const CodeFlow& flow) {
  Reply reply = flow.token(flow.code_fields(flow.code(flow.world.holder)));
  REQUIRE(reply.status() == 200);
  return reply;
}

// An account of its own, for deeds that end it.
struct OwnAccount {
  OwnAccount() : device(world().register_device()) { static_cast<void>(world().approve(device)); }
  Device device;
};

}  // namespace

TEST_CASE("oid4vci-1_0-issuer-happy-flow: a person signs in with the passkey and the wallet receives a card") {
  const CodeFlow flow(ready());
  const Reply pushed = flow.push(flow.par_fields());
  REQUIRE(pushed.status() == 201);
  CHECK(pushed.response.header("cache-control") == "no-store");
  CHECK(pushed.response.header("dpop-nonce").has_value());
  CHECK(pushed.json.at("expires_in") == 90);

  const Reply question = flow.open(pushed.text("request_uri"));
  REQUIRE(question.status() == 200);
  CHECK(question.json.at("client").at("name_en") == "Test wallet");
  CHECK(question.json.at("cards").at(0).at("name_en") == "Digital ID");

  const std::string redirect = flow.decide(flow.world.holder, question.text("authorization_id")).text("redirect_to");
  CHECK(redirect.starts_with("https://wallet.example/cb?code="));
  CHECK(parameter(redirect, "state") == "state-7");
  CHECK(parameter(redirect, "iss") == kOrigin);

  const Reply token = flow.token(flow.code_fields(parameter(redirect, "code")));
  REQUIRE(token.status() == 200);
  CHECK(token.text("token_type") == "DPoP");
  CHECK(token.text("scope") == "mibun_identity");
  CHECK_FALSE(token.json.contains("authorization_details"));
  const Reply card = flow.credential(token.text("access_token"));
  CHECK(card.status() == 200);
  CHECK(card.json.at("credentials").as_array().size() == 1);
}

// RFC 7636, section 4.4: who could read the challenge out of an answer could bring a verifier of their own for `plain`.
TEST_CASE("the code challenge comes back in no answer, neither to the wallet nor to the person nor in the redirect") {
  const CodeFlow flow(ready());
  const std::string challenge = oid4vci::CodeChallenge::of(flow.verifier).text();
  std::vector<Reply> replies;
  const auto pushed = [&] { return replies.emplace_back(flow.push(flow.par_fields())).text("request_uri"); };
  const auto page = form::encode({{"client_id", "test-wallet"}, {"request_uri", pushed()}});
  replies.push_back(flow.world.send({.target = "/oauth/authorize?" + page}));
  const std::string id = replies.emplace_back(flow.open(pushed())).text("authorization_id");
  const std::string back = replies.emplace_back(flow.decide(flow.world.holder, id)).text("redirect_to");
  replies.push_back(flow.token(flow.code_fields(parameter(back, "code"))));
  REQUIRE(replies.size() == 6);
  for (const Reply& reply : replies) {
    CHECK(reply.status() < 300);
    CHECK(reply.response.body.find(challenge) == std::string::npos);
    for (const auto& header : reply.response.headers) CHECK(header.value.find(challenge) == std::string::npos);
  }
}

TEST_CASE("oid4vci-1_0-issuer-happy-flow-multiple-clients: two wallets get their cards one after the other") {
  for (int i = 0; i < 2; ++i) {
    const CodeFlow flow(ready());
    const std::string code = flow.code(flow.world.holder);
    CHECK(flow.credential(flow.token(flow.code_fields(code)).text("access_token")).status() == 200);
  }
  const CodeFlow first(ready());
  FormParameters other = with(first.par_fields(), "client_id", "other-wallet");
  const Reply pushed = first.push(other);
  REQUIRE(pushed.status() == 201);
  CHECK(first.open(pushed.text("request_uri"), "other-wallet").json.at("client").at("name_en") == "Other wallet");
}

TEST_CASE("oid4vci-1_0-issuer-happy-flow-skip-notification: who sends no notification gets cards again") {
  const CodeFlow flow(ready());
  CHECK(flow.credential(redeemed(flow).text("access_token")).status() == 200);
  CHECK(flow.credential(redeemed(flow).text("access_token")).status() == 200);
}

TEST_CASE("partners and staff are given no nonce and need none") {
  TestWorld& w = ready();
  TestRequest request = w.client_credentials(w.shop, sign_jwt(w.client_assertion(w.shop), *w.shop.key));
  JwtParts parts = w.dpop_proof(*w.shop.dpop_key, "POST", "/oauth/token");
  parts.payload.erase("nonce");
  const Reply token = w.send(request.set("DPoP", sign_jwt(parts, *w.shop.dpop_key)));
  CHECK(token.status() == 200);
  CHECK_FALSE(token.response.header("dpop-nonce").has_value());
  CHECK_FALSE(token.json.contains("refresh_token"));  // RFC 6749, section 4.4.3
}

TEST_CASE("authorization details give credential identifiers, and only those name the card") {
  const CodeFlow flow(ready());
  const std::string details =
      R"([{"type":"openid_credential","credential_configuration_id":"mibun_identity_sd_jwt","locations":["https://mibun.example"]}])";
  const Reply pushed = flow.push(with(without(flow.par_fields(), "scope"), "authorization_details", details));
  REQUIRE(pushed.status() == 201);
  const std::string id = flow.open(pushed.text("request_uri")).text("authorization_id");
  const std::string code = parameter(flow.decide(flow.world.holder, id).text("redirect_to"), "code");
  const Reply token = flow.token(flow.code_fields(code));
  REQUIRE(token.status() == 200);
  CHECK_FALSE(token.json.contains("scope"));
  const std::string identifier(
      token.json.at("authorization_details").at(0).at("credential_identifiers").at(0).as_string());
  const std::string access_token = token.text("access_token");
  CHECK(flow.credential(access_token).status() == 400);
  CHECK(flow.credential(access_token, {{"credential_identifier", "card:other"}}).code() ==
        "unknown_credential_identifier");
  CHECK(flow.credential(access_token, {{"credential_identifier", identifier}}).status() == 200);
}

TEST_CASE("a token request with details narrows what the scope gave, and never widens it") {
  const CodeFlow flow(ready());
  const std::string details = R"([{"type":"openid_credential","credential_configuration_id":"mibun_identity_sd_jwt"}])";
  const std::string other = R"([{"type":"openid_credential","credential_configuration_id":"other"}])";
  const std::string code = flow.code(flow.world.holder);
  CHECK(flow.token(with(flow.code_fields(code), "authorization_details", other)).code() ==
        "invalid_authorization_details");
  const Reply token = flow.token(with(flow.code_fields(code), "authorization_details", details));
  REQUIRE(token.status() == 200);
  CHECK(token.json.contains("authorization_details"));
}

TEST_CASE("a request_uri opens once, within 90 seconds, for its client") {
  const CodeFlow flow(ready());
  const std::string uri = flow.request_uri();
  CHECK(flow.open(uri, "other-wallet").code() == "oauth_invalid_request_uri");
  TestRequest preview{
      "HEAD", "/oauth/authorize?" + form::encode({{"client_id", "test-wallet"}, {"request_uri", uri}}), "", {}};
  CHECK(flow.world.send(preview).status() == 400);
  CHECK(flow.open(uri).status() == 200);
  CHECK(flow.open(uri).code() == "oauth_invalid_request_uri");

  const std::string in_time = flow.request_uri(), late = flow.request_uri();
  flow.world.clock.advance(seconds(89));
  CHECK(flow.open(in_time).status() == 200);
  flow.world.clock.advance(seconds(1));
  CHECK(flow.open(late).code() == "oauth_invalid_request_uri");
}

TEST_CASE("a question is answered once, within ten minutes") {
  const CodeFlow flow(ready());
  const std::string id = flow.authorization_id();
  CHECK(flow.decide(flow.world.holder, id).status() == 200);
  CHECK(flow.decide(flow.world.holder, id).code() == "oauth_invalid_request_uri");
  const std::string late = flow.authorization_id();
  flow.world.clock.advance(std::chrono::minutes(10));
  CHECK(flow.decide(flow.world.holder, late).code() == "oauth_invalid_request_uri");
  CHECK(flow.decide(flow.world.holder, std::string(kNoId)).code() == "oauth_invalid_request_uri");
}

TEST_CASE("stopping needs no sign-in and goes back as access_denied") {
  const CodeFlow flow(ready());
  const std::string target = "/api/v1/authorizations/" + flow.authorization_id() + "/refusal";
  const json::Object body;
  const Reply refused = flow.world.send(flow.world.json_request("POST", target, body));
  REQUIRE(refused.status() == 200);
  const std::string redirect = refused.text("redirect_to");
  CHECK(parameter(redirect, "error") == "access_denied");
  CHECK(parameter(redirect, "state") == "state-7");
  CHECK(parameter(redirect, "iss") == kOrigin);
  CHECK(flow.world.send(flow.world.json_request("POST", target, body)).code() == "oauth_invalid_request_uri");
}

TEST_CASE("nobody is let in without their own passkey and user verification") {
  const CodeFlow flow(ready());
  TestWorld& w = flow.world;
  const std::string id = flow.authorization_id();
  const std::string address = "/api/v1/authorizations/" + id;
  CHECK(w.send(w.json_request("POST", address + "/approval", {})).code() == "assertion_missing");
  CHECK(flow.decide(w.holder, id, {.user_verified = false}).code() == "assertion_invalid");
  CHECK(flow.decide(w.holder, id, {.challenge = w.rng.bytes(32)}).code() == "assertion_invalid");
  // An assertion that was made for refusing, or for another question, approves nothing.
  TestRequest refusal = w.account_request(w.holder, "POST", address + "/refusal", "{}");
  refusal.target = address + "/approval";
  CHECK(w.send(refusal).code() == "assertion_invalid");
  TestRequest other =
      w.account_request(w.holder, "POST", "/api/v1/authorizations/" + flow.authorization_id() + "/approval", "{}");
  other.target = address + "/approval";
  CHECK(w.send(other).code() == "assertion_invalid");
  CHECK(flow.decide(w.holder, id).status() == 200);
}

TEST_CASE("another account's sign-in gives that account's cards or nothing") {
  const CodeFlow flow(ready());
  const std::string id = flow.authorization_id();
  CHECK(flow.decide(flow.world.stranger, id).code() == "oid4vci_issuance_pending");  // no approved case
  CHECK(flow.decide(flow.world.holder, id).status() == 200);                         // the question was still open
}

TEST_CASE("a code is worth nothing to anybody else, and their tries leave it to its owner") {
  const CodeFlow flow(ready());
  const CodeFlow thief(flow.world);
  const std::string code = flow.code(flow.world.holder);
  const FormParameters right = flow.code_fields(code);
  CHECK(flow.token(with(right, "code_verifier", thief.verifier)).code() == "invalid_grant");
  CHECK(flow.token(without(right, "code_verifier")).code() == "invalid_request");
  CHECK(flow.token(with(right, "redirect_uri", "https://wallet.example/cb2")).code() == "invalid_grant");
  CHECK(flow.token(with(right, "client_id", "other-wallet")).code() == "invalid_grant");
  CHECK(flow.token(with(right, "client_id", "unknown")).code() == "invalid_client");
  CHECK(flow.token(without(right, "client_id")).code() == "invalid_client");
  CHECK(flow.token(with(right, "code", "made-up")).code() == "invalid_grant");
  CHECK(thief.token(right).code() == "invalid_grant");  // with another DPoP key
  CHECK(flow.token(right).status() == 200);
}

// RFC 6749, section 10.10: nobody guesses what has 256 random bits.
TEST_CASE("what lets in is 32 bytes long and never the same twice") {
  const CodeFlow flow(ready());
  std::set<std::string> seen;
  const auto is_new = [&](std::string_view secret) {
    INFO(secret);
    CHECK(must(base64url::decode(secret)).size() == 32);
    CHECK(seen.insert(std::string(secret)).second);
  };
  for (int round = 0; round < 2; ++round) {
    const std::string uri = flow.request_uri();
    is_new(std::string_view(uri).substr(oid4vci::kRequestUriPrefix.size()));
    const std::string code = flow.code(flow.world.holder);
    is_new(code);
    const Reply token = flow.token(flow.code_fields(code));
    is_new(token.text("access_token"));
    is_new(token.text("refresh_token"));
    const Reply next = flow.token(flow.refresh_fields(token.text("refresh_token")));
    is_new(next.text("access_token"));
    is_new(next.text("refresh_token"));
  }
}

// RFC 6749, sections 3.3 and 6.
TEST_CASE("the scope that was given is said, and a refresh for less leaves the grant what it was") {
  const CodeFlow flow(ready());
  const std::string two = "mibun_identity mibun_photo_id";
  const Reply pushed = flow.push(with(flow.par_fields(), "scope", "kanaria7391 " + two));
  const std::string id = flow.open(pushed.text("request_uri")).text("authorization_id");
  const std::string code = parameter(flow.decide(flow.world.holder, id).text("redirect_to"), "code");
  const Reply first = flow.token(flow.code_fields(code));
  REQUIRE(first.status() == 200);
  CHECK(first.text("scope") == two);
  CHECK(first.json.at("expires_in") == 300);
  const Reply less = flow.token(with(flow.refresh_fields(first.text("refresh_token")), "scope", "mibun_identity"));
  REQUIRE(less.status() == 200);
  CHECK(less.text("scope") == "mibun_identity");
  const Reply again = flow.token(flow.refresh_fields(less.text("refresh_token")));
  REQUIRE(again.status() == 200);
  CHECK(again.text("scope") == two);
}

// RFC 6749, section 5.2; nobody has such a secret here.
TEST_CASE("who tries to be known by the header Authorization hears which scheme failed") {
  const CodeFlow flow(ready());
  const auto tried = [&](TestRequest request, const char* shown) {
    const Reply reply = flow.world.send(request.add("Authorization", shown));
    CHECK(reply.status() == 401);
    CHECK(reply.code() == "invalid_client");
    return std::string(reply.response.header("www-authenticate").value_or(""));
  };
  const TestRequest at_token = flow.token_request(flow.code_fields(flow.code(flow.world.holder)));
  CHECK(tried(at_token, "Basic dGVzdC13YWxsZXQ6eA==") == "Basic realm=\"mibun\"");
  CHECK(tried(at_token, "Bearer x") == "Bearer realm=\"mibun\"");
  CHECK(tried(at_token, "\"a\", x") == "Basic realm=\"mibun\"");
  const TestRequest at_par = flow.form_request("/oauth/par", flow.par_fields(), flow.proof("/oauth/par"));
  CHECK(tried(at_par, "Basic dGVzdC13YWxsZXQ6eA==") == "Basic realm=\"mibun\"");
  const Reply unknown = flow.token(with(flow.code_fields("c"), "client_id", "kanaria7391"));
  CHECK(unknown.status() == 401);
  CHECK_FALSE(unknown.response.header("www-authenticate").has_value());
}

TEST_CASE("a code lives for a minute") {
  const CodeFlow flow(ready());
  const std::string in_time = flow.code(flow.world.holder), late = flow.code(flow.world.holder);
  flow.world.clock.advance(seconds(59));
  CHECK(flow.token(flow.code_fields(in_time)).status() == 200);
  flow.world.clock.advance(seconds(1));
  CHECK(flow.token(flow.code_fields(late)).code() == "invalid_grant");
}

TEST_CASE("a code used twice takes back everything made from it") {
  const CodeFlow flow(ready());
  const std::string code = flow.code(flow.world.holder);
  const Reply token = flow.token(flow.code_fields(code));
  REQUIRE(token.status() == 200);
  CHECK(flow.token(flow.code_fields(code)).code() == "invalid_grant");
  CHECK(flow.credential(token.text("access_token")).code() == "invalid_token");
  CHECK(flow.token(flow.refresh_fields(token.text("refresh_token"))).code() == "invalid_grant");
}

TEST_CASE("a refresh token gives new cards, and is itself new each time") {
  const CodeFlow flow(ready());
  const Reply first = redeemed(flow);
  CHECK(flow.credential(first.text("access_token")).status() == 200);
  const Later next_day(flow.world, std::chrono::hours(24));
  const Reply second = flow.token(flow.refresh_fields(first.text("refresh_token")));
  REQUIRE(second.status() == 200);
  CHECK(second.text("refresh_token") != first.text("refresh_token"));
  CHECK(second.text("scope") == "mibun_identity");
  CHECK(flow.credential(second.text("access_token")).status() == 200);
}

TEST_CASE("a refresh token used again after its successor ends its authorization; a stranger's try does not") {
  const CodeFlow flow(ready());
  const CodeFlow thief(flow.world);
  const FormParameters refresh = flow.refresh_fields(redeemed(flow).text("refresh_token"));
  CHECK(thief.token(refresh).code() == "invalid_grant");
  CHECK(flow.token(with(refresh, "client_id", "other-wallet")).code() == "invalid_grant");
  CHECK(flow.token(with(refresh, "scope", "mibun_identity partner")).code() == "invalid_scope");
  CHECK(flow.token(with(refresh, "scope", "staff")).code() == "invalid_scope");
  const Reply second = flow.token(with(refresh, "scope", "mibun_identity"));
  REQUIRE(second.status() == 200);
  CHECK(thief.token(refresh).code() == "invalid_grant");  // a used one in strange hands changes nothing
  CHECK(flow.credential(second.text("access_token")).status() == 200);
  const Reply third = flow.token(flow.refresh_fields(second.text("refresh_token")));
  REQUIRE(third.status() == 200);
  CHECK(flow.token(refresh).code() == "invalid_grant");
  CHECK(flow.credential(third.text("access_token")).code() == "invalid_token");
  CHECK(flow.token(flow.refresh_fields(second.text("refresh_token"))).code() == "invalid_grant");
  CHECK(flow.token(flow.refresh_fields(third.text("refresh_token"))).code() == "invalid_grant");
}

TEST_CASE("a wallet that lost the answer to its refresh token is given the same successor again") {
  const CodeFlow flow(ready());
  const CodeFlow thief(flow.world);
  const FormParameters refresh = flow.refresh_fields(redeemed(flow).text("refresh_token"));
  const Reply lost = flow.token(refresh);
  REQUIRE(lost.status() == 200);
  {
    const Later nearly(flow.world, kRefreshRepeatLifetime - milliseconds(1));
    CHECK(thief.token(refresh).code() == "invalid_grant");
    CHECK(flow.token(with(refresh, "client_id", "other-wallet")).code() == "invalid_grant");
    CHECK(flow.token(with(refresh, "scope", "mibun_identity staff")).code() == "invalid_scope");
    const Reply again = flow.token(refresh);
    REQUIRE(again.status() == 200);
    CHECK(again.text("refresh_token") == lost.text("refresh_token"));
    CHECK(again.text("access_token") != lost.text("access_token"));
    CHECK(flow.credential(again.text("access_token")).status() == 200);
    // The successor has an answer that can be lost, too.
    const FormParameters next = flow.refresh_fields(again.text("refresh_token"));
    const Reply third = flow.token(next);
    REQUIRE(third.status() == 200);
    CHECK(third.text("refresh_token") != again.text("refresh_token"));
    CHECK(flow.token(next).text("refresh_token") == third.text("refresh_token"));
    CHECK(flow.token(flow.refresh_fields(third.text("refresh_token"))).status() == 200);
  }
}

TEST_CASE("a used refresh token that comes again too late ends its authorization") {
  const CodeFlow flow(ready());
  const FormParameters refresh = flow.refresh_fields(redeemed(flow).text("refresh_token"));
  const Reply second = flow.token(refresh);
  REQUIRE(second.status() == 200);
  const Later late(flow.world, kRefreshRepeatLifetime);
  CHECK(flow.token(refresh).code() == "invalid_grant");
  CHECK(flow.token(flow.refresh_fields(second.text("refresh_token"))).code() == "invalid_grant");
}

TEST_CASE("a lost answer is not given again once the grant has come to its end") {
  const CodeFlow flow(ready());
  std::string token = redeemed(flow).text("refresh_token");
  std::vector<std::unique_ptr<Later>> gone_by;
  const auto wait = [&](milliseconds span) { gone_by.push_back(std::make_unique<Later>(flow.world, span)); };
  for (int quarter = 0; quarter < 4; ++quarter) {
    wait(std::chrono::days(89));
    token = flow.token(flow.refresh_fields(token)).text("refresh_token");
  }
  wait(std::chrono::days(365 - 4 * 89) - std::chrono::minutes(1));
  CHECK(flow.token(flow.refresh_fields(token)).status() == 200);  // the last minute
  wait(std::chrono::minutes(2));
  CHECK(flow.token(flow.refresh_fields(token)).code() == "invalid_grant");
  while (!gone_by.empty()) gone_by.pop_back();
}

TEST_CASE("a refresh token ends after 90 days without use") {
  const CodeFlow flow(ready());
  const FormParameters refresh = flow.refresh_fields(redeemed(flow).text("refresh_token"));
  {
    const Later nearly(flow.world, std::chrono::hours(24 * 90) - seconds(1));
    CHECK(flow.token(with(refresh, "scope", "staff")).code() == "invalid_scope");  // it is looked at
  }
  const Later after(flow.world, std::chrono::hours(24 * 90));
  CHECK(flow.token(refresh).code() == "invalid_grant");
}

TEST_CASE("a stopped account's codes and refresh tokens give nothing") {
  static_cast<void>(ready());
  OwnAccount own;
  const CodeFlow flow(world());
  const std::string code = flow.code(own.device);
  const Reply token = flow.token(flow.code_fields(flow.code(own.device)));
  REQUIRE(token.status() == 200);
  world().send_well(
      world().json_request("POST", "/api/v1/revocations", {{"revocation_code", own.device.revocation_code}}), 200);
  CHECK(flow.token(flow.code_fields(code)).code() == "invalid_grant");
  CHECK(flow.token(flow.refresh_fields(token.text("refresh_token"))).code() == "invalid_grant");
}

TEST_CASE("an erased account's authorizations are gone") {
  static_cast<void>(ready());
  OwnAccount own;
  const CodeFlow flow(world());
  const std::string code = flow.code(own.device);
  const Reply token = flow.token(flow.code_fields(flow.code(own.device)));
  const Reply erased = world().send(world().account_request(own.device, "DELETE", "/api/v1/account"));
  REQUIRE(erased.status() == 200);
  CHECK(flow.token(flow.code_fields(code)).code() == "invalid_grant");
  CHECK(flow.token(flow.refresh_fields(token.text("refresh_token"))).code() == "invalid_grant");
  CHECK(flow.credential(token.text("access_token")).code() == "invalid_token");
}

TEST_CASE("a pushed request binds the code to the key of its proof or to dpop_jkt") {
  const CodeFlow flow(ready());
  const CodeFlow other(flow.world);
  const std::string jkt = jose::Jwk(other.key->public_key()).thumbprint();
  CHECK(flow.push(with(flow.par_fields(), "dpop_jkt", jkt)).code() == "invalid_dpop_proof");

  TestRequest bare = flow.form_request("/oauth/par", with(flow.par_fields(), "dpop_jkt", jkt), "").drop("DPoP");
  const Reply pushed = flow.world.send(bare);
  REQUIRE(pushed.status() == 201);
  const std::string id = flow.open(pushed.text("request_uri")).text("authorization_id");
  const std::string code = parameter(flow.decide(flow.world.holder, id).text("redirect_to"), "code");
  CHECK(flow.token(flow.code_fields(code)).code() == "invalid_grant");
  CHECK(other.token(flow.code_fields(code)).status() == 200);
}

TEST_CASE("the page says who asks for what, in both languages, and has nothing inline") {
  const CodeFlow flow(ready());
  for (const auto& [language, title] : {std::pair{"ja", "カードを追加しますか?"}, std::pair{"en", "Add this card?"}}) {
    INFO(language);
    TestRequest request;
    request.target =
        "/oauth/authorize?" + form::encode({{"client_id", "test-wallet"}, {"request_uri", flow.request_uri()}});
    request.add("Accept", "text/html,*/*").add("Accept-Language", language);
    const Reply page = flow.world.send(request);
    REQUIRE(page.status() == 200);
    const std::string& html = page.response.body;
    CHECK(page.response.content_type == "text/html; charset=utf-8");
    CHECK(html.find(title) != std::string::npos);
    CHECK(html.find(language == std::string("ja") ? "テスト&lt;ウォレット&gt;" : "Test wallet") != std::string::npos);
    CHECK(html.find("<script>") == std::string::npos);
    CHECK(html.find("<style") == std::string::npos);
    CHECK(html.find("onclick") == std::string::npos);
    const std::string policy(page.response.header("content-security-policy").value());
    CHECK(policy.find("script-src 'self'") != std::string::npos);
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(page.response.header("cache-control") == "no-store");

    const Reply again = flow.world.send(request);
    CHECK(again.status() == 400);
    CHECK(again.response.content_type == "text/html; charset=utf-8");
    CHECK(again.response.body.find("oauth_invalid_request_uri") != std::string::npos);
    CHECK_FALSE(again.response.header("location").has_value());
  }
}

TEST_CASE("every answer to a wallet carries a nonce, and a proof without a live one is sent back for it") {
  const CodeFlow flow(ready());
  const auto without_nonce = [&](std::string_view path, std::optional<std::string_view> token = {}) {
    JwtParts parts = flow.world.dpop_proof(*flow.key, "POST", path, token);
    parts.payload.erase("nonce");
    return sign_jwt(parts, *flow.key);
  };
  struct Row {
    const char* why;
    TestRequest request;
    int status;
  };
  const Reply token = redeemed(flow);
  const std::string access_token = token.text("access_token");
  TestRequest credential = flow.world.bound_request({access_token, flow.key}, "POST", "/oid4vci/credential", "{}");
  TestRequest notification = flow.world.bound_request({access_token, flow.key}, "POST", "/oid4vci/notification", "{}");
  const Row rows[] = {
      {"PAR", flow.form_request("/oauth/par", flow.par_fields(), without_nonce("/oauth/par")), 400},
      {"token", flow.form_request("/oauth/token", flow.code_fields("c"), without_nonce("/oauth/token")), 400},
      {"credential", credential.set("DPoP", without_nonce("/oid4vci/credential", access_token)), 401},
      {"notification", notification.set("DPoP", without_nonce("/oid4vci/notification", access_token)), 401},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const Reply reply = flow.world.send(row.request);
    CHECK(reply.status() == row.status);
    CHECK(reply.code() == "use_dpop_nonce");
    CHECK(reply.response.header("dpop-nonce").has_value());
    CHECK(reply.response.header("www-authenticate").has_value() == (row.status == 401));
  }
  CHECK(token.response.header("dpop-nonce").has_value());
  CHECK(flow.credential(access_token).response.header("dpop-nonce").has_value());
  CHECK(flow.world.send({.method = "POST", .target = "/oid4vci/nonce"}).response.header("dpop-nonce").has_value());
}

TEST_CASE("a nonce is live for its minute and two more") {
  const CodeFlow flow(ready());
  // To the beginning of a minute, so that the edges are known.
  flow.world.clock.advance(seconds(60 - flow.world.clock.now().unix_seconds() % 60));
  const std::string nonce = flow.world.dpop_nonce();
  const auto tried = [&] {
    JwtParts parts = flow.world.dpop_proof(*flow.key, "POST", "/oauth/par");
    parts.payload["nonce"] = nonce;
    return flow.world.send(flow.form_request("/oauth/par", flow.par_fields(), sign_jwt(parts, *flow.key)));
  };
  CHECK(tried().status() == 201);
  flow.world.clock.advance(seconds(179));
  CHECK(tried().status() == 201);
  flow.world.clock.advance(seconds(1));
  CHECK(tried().code() == "use_dpop_nonce");
  CHECK(flow.world.dpop_nonce() != nonce);
}

TEST_CASE("the metadata say what the server does") {
  const Reply reply = ready().send_well({.target = "/.well-known/oauth-authorization-server"}, 200);
  CHECK(reply.response.content_type == "application/json");
  CHECK(reply.json.at("response_types_supported") == json::Array{"code"});
  CHECK(reply.json.at("token_endpoint_auth_signing_alg_values_supported") == json::Array{"ES256"});
  CHECK(reply.json.at("require_pushed_authorization_requests") == true);
  CHECK(reply.json.at("authorization_response_iss_parameter_supported") == true);
  CHECK(reply.json.at("code_challenge_methods_supported") == json::Array{"S256"});
  CHECK(reply.json.at("scopes_supported").as_array().size() >= 1);
  CHECK(reply.text("pushed_authorization_request_endpoint") == "https://mibun.example/oauth/par");
  CHECK(reply.text("authorization_endpoint") == "https://mibun.example/oauth/authorize");
  const auto& methods = reply.json.at("token_endpoint_auth_methods_supported").as_array();
  CHECK(std::ranges::find(methods, json::Value("attest_jwt_client_auth")) != methods.end());
  CHECK(reply.json.at("client_attestation_signing_alg_values_supported") == json::Array{"ES256"});
  CHECK(reply.json.at("client_attestation_pop_signing_alg_values_supported") == json::Array{"ES256"});
  // Signed, the same once more.
  TestWorld& w = ready();
  const auto plain = must(oid4vci::AuthorizationServerMetadata::parse(reply.response.body, kOrigin));
  auto signed_ones = must(oid4vci::verify_server_metadata(reply.text("signed_metadata"),
                                                          {w.trust->credential_issuers, kOrigin, w.clock.now()}));
  CHECK(!signed_ones.signed_metadata.has_value());
  signed_ones.signed_metadata = plain.signed_metadata;
  CHECK(signed_ones == plain);
  // Anybody may ask: it is signed once an hour, and again when the clock went back.
  const auto signed_now = [&] {
    return w.send_well({.target = "/.well-known/oauth-authorization-server"}, 200).text("signed_metadata");
  };
  const std::string first = signed_now();
  CHECK(signed_now() == first);
  w.clock.advance(std::chrono::hours(1));
  const std::string second = signed_now();
  CHECK(second != first);
  w.clock.advance(-std::chrono::minutes(30));
  CHECK(signed_now() != second);
  w.clock.advance(std::chrono::minutes(30));
  // The endpoint that is named is there.
  const std::string challenge = reply.text("challenge_endpoint");
  CHECK(ready().send({"POST", challenge.substr(challenge.find("/oauth"))}).status() == 200);
}

}  // namespace mibun::server
