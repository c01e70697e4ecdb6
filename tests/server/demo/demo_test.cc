#include <doctest/doctest.h>

#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "server/app/app.h"
#include "tests/server/demo/demonstration_double.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// The page of the demonstration: which browsers get what of it. What its requests and answers are is tested where they
// are made (tests/server/app), and how it looks in tests/browser.
namespace mibun::server {
namespace {

struct Demo {
  explicit Demo(bool with_page = true) {
    Config config;
    config.data_directory = directory.file("data");
    config.public_origin = "https://mibun.example";
    config.rp_id = "mibun.example";
    config.webauthn_origins = {config.public_origin};
    if (with_page) config.demonstration = demonstration_double();
    app = must(App::open(std::move(config), clock, rng));
  }
  http::ServerResponse send(std::string method, std::string target, std::string body = {}, std::string cookie = {},
                            std::string language = {}) const {
    http::ServerRequest request;
    request.method = method;
    request.target = target;
    request.path = target;
    request.body = body;
    if (!body.empty()) request.headers.emplace_back("content-type", "application/json");
    if (!cookie.empty()) request.headers.emplace_back("cookie", cookie);
    if (!language.empty()) request.headers.emplace_back("accept-language", language);
    return app->handle(request);
  }

  TempDir directory;
  ManualClock clock{kTestNow};
  crypto::SystemRng rng;
  std::unique_ptr<App> app;
};

std::string header(const http::ServerResponse& response, std::string_view name) {
  for (const HttpHeader& one : response.headers) {
    if (equal_ignoring_case(one.name, name)) return one.value;
  }
  return {};
}

json::Object body_of(const http::ServerResponse& response) {
  return must(json::parse_object(response.body));
}

// What a browser sends back of Set-Cookie.
std::string cookie_of(const http::ServerResponse& response) {
  const std::string set = header(response, "Set-Cookie");
  return set.substr(0, set.find(';'));
}

}  // namespace

TEST_CASE("the page exists in the demonstration only") {
  const Demo production(false);
  for (const char* target : {"/demo/verifier", "/demo/verifier/page.js", "/demo/verifier/state"}) {
    INFO(target);
    CHECK(production.send("GET", target).status == 404);
  }
  for (const http::Route& route : production.app->routes()) CHECK(!route.pattern.starts_with("/demo"));
  CHECK(production.app->wallet_site() == nullptr);
  CHECK(production.app->shop_site() == nullptr);
  CHECK(production.app->office_site() == nullptr);
  for (const char* target : {"/api/office/session", "/office.js", "/case.js", "/words.js"}) {
    INFO(target);
    CHECK(production.send("GET", target).status == 404);
    CHECK(Demo().send("GET", target).status == 404);  // nor beside the server of the demonstration
  }
}

TEST_CASE("the page and its files say what they are and let nothing else in") {
  const Demo demo;
  struct Row {
    std::string target, type;
  };
  for (const Row& row :
       {Row{"/demo/verifier", "text/html; charset=utf-8"}, Row{"/demo/verifier/ja", "text/html; charset=utf-8"},
        Row{"/demo/verifier/en", "text/html; charset=utf-8"}, Row{"/demo/verifier/page.css", "text/css; charset=utf-8"},
        Row{"/demo/verifier/page.js", "text/javascript; charset=utf-8"}}) {
    INFO(row.target);
    const auto response = demo.send("GET", row.target);
    CHECK(response.status == 200);
    CHECK(response.content_type == row.type);
    const std::string policy = header(response, "Content-Security-Policy");
    CHECK(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src"));
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("require-trusted-types-for 'script'") != std::string::npos);
  }
  const std::string page = demo.send("GET", "/demo/verifier/ja").body;
  CHECK(page.find("これはデモです") != std::string::npos);
  CHECK(page.find("<style") == std::string::npos);
  CHECK(page.find(" style=") == std::string::npos);
  for (const char* handler : {"onclick", "onload", "onerror", "javascript:"})
    CHECK(page.find(handler) == std::string::npos);
}

TEST_CASE("the browser's language decides, and Japanese when it says nothing") {
  const Demo demo;
  const auto language = [&](const std::string& wished) {
    const std::string page = demo.send("GET", "/demo/verifier", {}, {}, wished).body;
    return page.substr(page.find("<html lang=\"") + 12, 2);
  };
  CHECK(language("") == "ja");
  CHECK(language("ja,en;q=0.5") == "ja");
  CHECK(language("en-GB,en;q=0.9") == "en");
  CHECK(language("en,ja;q=0.5") == "en");
  CHECK(language("fr") == "ja");
}

TEST_CASE("the session's secret goes into a cookie that scripts and other sites cannot read, and nowhere else") {
  const Demo demo;
  for (const char* mode : {"same_device", "cross_device", "dc_api"}) {
    INFO(mode);
    const auto asked = demo.send("POST", "/demo/verifier/requests", R"({"mode":")" + std::string(mode) + "\"}");
    REQUIRE(asked.status == 201);
    const std::string set = header(asked, "Set-Cookie");
    CHECK(set.starts_with("__Host-mibun-demo="));
    CHECK(set.ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"));
    const std::string cookie = cookie_of(asked);
    const std::string secret = cookie.substr(cookie.find('.') + 1);
    CHECK(secret.size() == 43);
    CHECK(asked.body.find(secret) == std::string::npos);
    const json::Object body = body_of(asked);
    CHECK(body.contains("pairing_code") == (std::string_view(mode) == "cross_device"));
    CHECK(body.contains("dc_api_requests") == (std::string_view(mode) == "dc_api"));
    CHECK(body_of(demo.send("GET", "/demo/verifier/state", {}, cookie)).at("state") == "waiting");
  }
}

TEST_CASE("another browser gets neither state, picture nor result") {
  const Demo demo;
  const auto mine = demo.send("POST", "/demo/verifier/requests", R"({"mode":"cross_device"})");
  const auto theirs = demo.send("POST", "/demo/verifier/requests", R"({"mode":"cross_device"})");
  const std::string id(body_of(mine).at("request_id").as_string());
  const std::string picture = "/demo/verifier/qr/" + id;
  const auto drawn = demo.send("GET", picture, {}, cookie_of(mine));
  CHECK(drawn.status == 200);
  CHECK(drawn.content_type == "image/svg+xml");
  CHECK(demo.send("GET", picture, {}, "other=1; " + cookie_of(mine)).status == 200);
  CHECK(demo.send("GET", picture, {}, cookie_of(theirs)).status == 404);

  const std::string forged = "__Host-mibun-demo=" + id + ".AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const auto code = [&](const http::ServerResponse& response) {
    CHECK(response.status >= 400);
    return std::string(body_of(response).at("code").as_string());
  };
  CHECK(code(demo.send("POST", "/demo/verifier/result", "{}", cookie_of(mine))) == "result_not_ready");
  CHECK(code(demo.send("POST", "/demo/verifier/result", "{}", forged)) == "oid4vp_session_mismatch");
  CHECK(code(demo.send("POST", "/demo/verifier/answer", R"({"data":{"response":"x"}})", forged)) ==
        "request_not_found");
  for (const std::string& none : {std::string(), std::string("x=y"), std::string("__Host-mibun-demo="),
                                  std::string("__Host-mibun-demo-2=a.b"), std::string(";;;")}) {
    INFO(none);
    CHECK(code(demo.send("GET", "/demo/verifier/state", {}, none)) == "oid4vp_session_mismatch");
    CHECK(code(demo.send("GET", picture, {}, none)) == "oid4vp_session_mismatch");
    CHECK(code(demo.send("POST", "/demo/verifier/result", "{}", none)) == "oid4vp_session_mismatch");
  }
}

TEST_CASE("bodies that the page's script does not send are refused") {
  const Demo demo;
  struct Row {
    std::string target, body;
  };
  for (const Row& row : {Row{"requests", "{}"}, Row{"requests", R"({"mode":"any"})"}, Row{"requests", R"({"mode":1})"},
                         Row{"requests", R"({"mode":"same_device","claims":["birthdate"]})"}, Row{"requests", "["},
                         Row{"answer", "{}"}, Row{"answer", R"({"data":"x"})"}, Row{"result", R"({"response_code":1})"},
                         Row{"result", R"({"session_secret":"x"})"}}) {
    INFO(row.target << " " << row.body);
    CHECK(demo.send("POST", "/demo/verifier/" + row.target, row.body).status == 400);
  }
  http::ServerRequest form;  // what another site's form could send
  form.method = "POST";
  form.target = "/demo/verifier/requests";
  form.path = form.target;
  form.body = "mode=same_device";
  form.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
  CHECK(demo.app->handle(form).status == 415);
}

TEST_CASE("opened a second time, the page's partner is still registered") {
  const TempDir directory;
  const ManualClock clock{kTestNow};
  crypto::SystemRng rng;
  for (int i = 0; i < 2; ++i) {
    Config config;
    config.data_directory = directory.file("data");
    config.public_origin = "https://mibun.example";
    config.rp_id = "mibun.example";
    config.webauthn_origins = {config.public_origin};
    config.demonstration = demonstration_double();
    CHECK(App::open(std::move(config), clock, rng).has_value());
  }
}

TEST_CASE("the shop has a list of what it is asked to delete, and no answer for what nobody asked") {
  const Demo demo;
  const auto list = demo.send("GET", "/demo/verifier/deletions");
  CHECK(list.status == 200);
  CHECK(body_of(list).at("deletion_requests").as_array().empty());
  const auto answer = [&](const std::string& body) {
    return std::string(body_of(demo.send("POST", "/demo/verifier/deletions", body)).at("code").as_string());
  };
  CHECK(answer(R"({"deletion_id":"AAAAAAAAAAAAAAAAAAAAAA"})") == "deletion_request_not_found");
  CHECK(answer("{}") == "request_malformed");
  CHECK(answer(R"({"deletion_id":"AAAAAAAAAAAAAAAAAAAAAA","state":"received"})") == "request_malformed");
}

}  // namespace mibun::server
