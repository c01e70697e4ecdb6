#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "tests/server/loopback/demo.h"

// The demonstration's three listeners on loopback, without their sockets (those: tests/cli/loopback).
namespace mibun::server {
namespace {

Reply to_wallet(TestRequest request) {
  return send_to(demo().wallet(), std::move(request), kWalletHost);
}
Reply to_shop(TestRequest request) {
  return send_to(demo().shop(), std::move(request), kShopHost);
}

// The same assertion as if the page at `origin` had asked for it.
std::string signed_at(const Device& device, webauthn::RequestAssertion assertion, std::string_view origin) {
  auto& response = assertion.response;
  std::string client_data(as_text(response.client_data_json));
  client_data.replace(client_data.find(kOrigin), kOrigin.size(), origin);
  response.client_data_json = to_bytes(client_data);
  Bytes message = response.authenticator_data;
  const auto digest = crypto::sha256(client_data);
  message.insert(message.end(), digest.begin(), digest.end());
  response.signature = crypto::p256_signature_to_der(must(device.key->sign(message)));
  return assertion.to_header();
}

}  // namespace

TEST_CASE("a listener on loopback answers to its own Host and no other") {
  for (const char* host : {"localhost",
                           "localhost:8443",
                           "localhost:8481",
                           "LOCALHOST:8480",
                           "localhost.:8480",
                           "127.0.0.1:8480",
                           "[::1]:8480",
                           "evil.example",
                           "evil.example:8480",
                           "localhost:8480.evil.example",
                           "shop.localhost:8480",
                           "shop.localhost",
                           "127.0.0.1:8481",
                           "a.localhost:8481",
                           "mibun.example",
                           " localhost:8480",
                           "office.localhost",
                           "office.localhost:8481",
                           "office.localhost:8480",
                           "127.0.0.1:8482",
                           "localhost:8482",
                           ""}) {
    INFO(host);
    for (const LoopbackSite* site : {&demo().wallet(), &demo().shop(), &demo().office()}) {
      for (const char* target : {"/", "/api/office/session", "/wallet.json", "/api/v1/account", "/demo/verifier",
                                 "/demo/passport", "/none"}) {
        const Reply reply = send_to(*site, {.target = target}, host);
        CHECK(reply.status() == 421);
        CHECK(reply.code() == "request_malformed");
      }
    }
  }
  CHECK(send_to(demo().wallet(), {.target = "/wallet.json"}, {}).status() == 421);
  CHECK(send_to(demo().wallet(), {.target = "/wallet.json"}, kShopHost).status() == 421);
  CHECK(send_to(demo().shop(), {.target = "/demo/verifier"}, kWalletHost).status() == 421);
  CHECK(send_to(demo().office(), {.target = "/"}, kShopHost).status() == 421);
  CHECK(send_to(demo().shop(), {.target = "/demo/verifier"}, kOfficeHost).status() == 421);
  CHECK(send_to(demo().office(), {.target = "/"}, {}).status() == 421);
  CHECK(send_to(demo().office(), {.target = "/"}, kOfficeHost).status() == 200);
  TestRequest twice{.target = "/wallet.json"};
  CHECK(send_to(demo().wallet(), twice.add("Host", kWalletHost), "evil.example").status() == 421);
  CHECK(to_wallet({.target = "/wallet.json"}).status() == 200);
  CHECK(to_shop({.target = "/demo/verifier"}).status() == 200);
}

TEST_CASE("the wallet's listener answers each route of the server as the server does") {
  for (const http::Route& route : demo().world.app->routes()) {
    if (route.pattern == "/") continue;  // the page instead
    INFO(route.method << " " << route.pattern);
    std::string target = route.pattern;
    for (std::size_t at = target.find('{'); at != std::string::npos; at = target.find('{')) {
      target.replace(at, target.find('}') - at + 1, kNoId);
    }
    TestRequest request{route.method, target, "", {}};
    if (route.body_type == kJsonType) request.body = "{}";
    if (!route.body_type.empty()) request.add("Content-Type", route.body_type);
    const Reply loopback = to_wallet(request), server = demo().world.send(request);
    CHECK(loopback.status() == server.status());
    CHECK(loopback.code() == server.code());
  }
  CHECK(to_wallet({.target = "/wallet.json"}).response.body == R"({"server":"https://mibun.example","demo":true})");
}

TEST_CASE("the shop's listener has the shop and nothing of the server") {
  for (const http::Route& route : demo().world.app->routes()) {
    if (route.pattern == "/") continue;
    INFO(route.pattern);
    CHECK(to_shop({.method = route.method, .target = route.pattern}).status() == 404);
  }
  CHECK(to_shop(post("/demo/passport", R"({"challenge":"AAAAAAAAAAA"})")).status() == 404);
  const Reply start = to_shop({.target = "/"});
  CHECK(start.status() == 307);
  CHECK(start.response.header("location") == "/demo/verifier");
  CHECK(to_shop({.target = "/demo/verifier/page.js"}).status() == 200);
}

TEST_CASE("the wallet's listener has no shop: who comes back is sent on to it") {
  const Reply back = to_wallet({.target = "/demo/verifier"});
  CHECK(back.status() == 307);
  CHECK(back.response.header("location") == "http://shop.localhost:8481/demo/verifier");
  for (const char* target : {"/demo/verifier/en", "/demo/verifier/page.js", "/demo/verifier/state"}) {
    CHECK(to_wallet({.target = target}).status() == 404);
  }
}

TEST_CASE("the shop's page leads to the web wallet, and tells by which name wallets know it") {
  const std::string page = to_shop({.target = "/demo/verifier/en"}).response.body;
  CHECK(page.find("data-wallet=\"http://localhost:8480/\" data-known-as=\"https://mibun.example\"") !=
        std::string::npos);
  const std::string on_server = demo().world.send({.target = "/demo/verifier/en"}).response.body;
  CHECK(on_server.find("data-wallet=\"\" data-known-as=\"\"") != std::string::npos);
}

TEST_CASE("asked in the shop on loopback, answered by a wallet, told to that browser alone") {
  TestWorld& w = demo().world;
  const Reply asked = to_shop(post("/demo/verifier/requests", R"({"mode":"same_device"})"));
  REQUIRE(asked.status() == 201);
  // Over plain http no browser has to take a name with __Host-, or Secure.
  const std::string set(asked.response.header("set-cookie").value_or(""));
  CHECK(set.starts_with("mibun-demo="));
  CHECK(set.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"));
  const std::string cookie = set.substr(0, set.find(';'));
  CHECK(asked.response.body.find(cookie.substr(cookie.find('.') + 1)) == std::string::npos);

  const AskedRequest request{asked.text("request_id"), {}, {}, {}};
  const std::string link = asked.text("wallet_link");
  const auto fields = must(form::Fields::parse(std::string_view(link).substr(link.find('?') + 1)));
  AskedRequest named = request;
  named.client_id = std::string(*fields.find("client_id"));
  const HeldCard card = w.card_of(w.holder);
  TestRequest answer = w.answer(named, w.answer_form(w.fetch(named), card));
  const Reply taken = to_wallet(answer);
  REQUIRE(taken.status() == 200);
  const std::string redirect = taken.text("redirect_uri");
  CHECK(redirect.starts_with("https://mibun.example/demo/verifier#response_code="));
  const std::string code = redirect.substr(redirect.find('=') + 1);
  const std::string body = json::serialize(json::Object{{"response_code", code}});
  CHECK(to_shop(post("/demo/verifier/result", body)).code() == "oid4vp_session_mismatch");
  CHECK(to_shop(post("/demo/verifier/result", body, "__Host-" + cookie)).code() == "oid4vp_session_mismatch");
  const Reply result = to_shop(post("/demo/verifier/result", body, cookie));
  CHECK(result.status() == 200);
  CHECK(result.json.contains("claims"));
}

TEST_CASE("the simulated passport answers on the wallet's listener, and says that it is simulated") {
  const Reply read = to_wallet(post("/demo/passport", R"({"challenge":"AQIDBAUGBwg"})"));
  CHECK(read.status() == 200);
  CHECK(read.response.body ==
        R"({"simulated":true,"files":{"EF.DG1":"BA","EF.SOD":"AQID"},"signature":"CAcGBQQDAgE"})");
  for (const char* body : {"{}", R"({"challenge":"AQIDBAUGBw"})", R"({"challenge":"AQIDBAUGBwgJ"})",
                           R"({"challenge":"***"})", R"({"challenge":8})", R"({"challenge":"AQIDBAUGBwg","more":1})"}) {
    INFO(body);
    CHECK(to_wallet(post("/demo/passport", body)).code() == "request_malformed");
  }
  CHECK(demo().world.send(post("/demo/passport", R"({"challenge":"AQIDBAUGBwg"})")).status() == 404);
}

TEST_CASE("a passkey is used at the wallet's listener in the demonstration, and there only") {
  Demo other;
  TestWorld& w = other.world;
  const auto status_at = [&](std::string_view origin) {
    const BegunAssertion begun = w.begin_assertion("GET", "/api/v1/account", "");
    TestRequest request{.target = "/api/v1/account"};
    request.add(webauthn::kRequestAssertionHeader, signed_at(w.holder, w.sign_assertion(w.holder, begun), origin));
    return w.send(request).status();
  };
  CHECK(status_at(kOrigin) == 200);
  CHECK(status_at("http://localhost:8480") == 200);
  for (const char* origin : {"http://shop.localhost:8481", "http://localhost:8481", "http://localhost",
                             "https://localhost:8480", "http://evil.localhost:8480"}) {
    INFO(origin);
    CHECK(status_at(origin) == 401);
  }
  other.open(false);
  CHECK(status_at(kOrigin) == 200);
  CHECK(status_at("http://localhost:8480") == 401);
}

}  // namespace mibun::server
