#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "tests/server/app/row.h"

namespace mibun::server {
namespace {

std::string target_of(std::string pattern) {
  for (const char* name : {"{id}", "{name}", "{hash}", "{root}", "{number}", "{+tile}"}) {
    if (const std::size_t at = pattern.find(name); at != std::string::npos) {
      pattern.replace(at, std::string(name).size(), kNoId);
    }
  }
  return pattern;
}

void check_security_headers(const Reply& reply) {
  CHECK(reply.response.header("strict-transport-security") == "max-age=63072000");
  CHECK(reply.response.header("x-content-type-options") == "nosniff");
  CHECK(reply.response.header("referrer-policy") == "no-referrer");
  CHECK(reply.response.header("cross-origin-opener-policy") == "same-origin");
  CHECK(reply.response.header("cache-control").has_value());
  const std::string policy(reply.response.header("content-security-policy").value_or(""));
  CHECK(policy.starts_with("default-src 'none'"));
  CHECK(policy.find("frame-ancestors 'none'") != std::string::npos);
  CHECK(policy.find("unsafe") == std::string::npos);
}

}  // namespace

TEST_CASE("every route's answer has the security headers") {
  for (const http::Route& route : world().app->routes()) {
    INFO(route.method << " " << route.pattern);
    const Reply reply = world().send({.method = route.method, .target = target_of(route.pattern)});
    check_security_headers(reply);
    CHECK((reply.response.header("access-control-allow-origin") == "*") == route.cors);
    CHECK_FALSE(reply.response.header("access-control-allow-credentials").has_value());
    CHECK_FALSE(reply.response.header("set-cookie").has_value());
    CHECK_FALSE(reply.response.header("server").has_value());
  }
  check_security_headers(world().send({.target = "/nothing"}));
  check_security_headers({world().app->refuse(431, "too large"), {}});
}

TEST_CASE("HEAD answers as GET does") {
  for (const http::Route& route : world().app->routes()) {
    if (route.method != "GET") continue;
    INFO(route.pattern);
    const Reply get = world().send({.target = target_of(route.pattern)});
    const Reply head = world().send({.method = "HEAD", .target = target_of(route.pattern)});
    CHECK(head.status() == get.status());
    CHECK(head.response.content_type == get.response.content_type);
    check_security_headers(head);
  }
}

TEST_CASE("HEAD of an account needs its own assertion") {
  TestWorld& w = world();
  TestRequest request = w.account_request(w.stranger, "GET", "/api/v1/account");
  request.method = "HEAD";
  CHECK(w.send(request).code() == "assertion_invalid");
}

TEST_CASE("a browser may send every header that the routes ask for") {
  for (const http::Route& route : world().app->routes()) {
    if (!route.cors) continue;
    INFO(route.pattern);
    const Reply reply = world().send({.method = "OPTIONS", .target = target_of(route.pattern)});
    CHECK(reply.status() == 204);
    const std::string headers(reply.response.header("access-control-allow-headers").value_or(""));
    for (const char* name : {"Content-Type", "Authorization", "DPoP", "Mibun-Assertion"}) {
      CHECK(headers.find(name) != std::string::npos);
    }
    const std::string methods(reply.response.header("access-control-allow-methods").value_or(""));
    CHECK(methods.find(route.method) != std::string::npos);
  }
}

TEST_CASE("the landing page's policy allows its own style and nothing else") {
  const Reply reply = world().send_well({.target = "/"}, 200);
  const std::string& page = reply.response.body;
  const std::size_t begin = page.find("<style>") + 7;
  const std::string style = page.substr(begin, page.find("</style>") - begin);
  const std::string hash = "'sha256-" + base64::encode(crypto::sha256(style)) + "'";
  const std::string policy(reply.response.header("content-security-policy").value_or(""));
  CHECK(policy.find("style-src " + hash + ";") != std::string::npos);
  CHECK(policy.find("script-src") == std::string::npos);
  CHECK(page.find("<style>", begin) == std::string::npos);
  for (const char* bad : {"<script", " style=\"", " onclick", "http://"}) CHECK(page.find(bad) == std::string::npos);
  CHECK(page.find("/openapi.json") != std::string::npos);
}

}  // namespace mibun::server
