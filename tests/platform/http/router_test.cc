#include "platform/http/router.h"

#include <doctest/doctest.h>

using namespace mibun;
using namespace mibun::http;

namespace {

ServerResponse problem(const Problem& problem) {
  ServerResponse response;
  response.status = problem.status;
  response.body = std::string(to_string(problem.code)) + ": " + std::string(problem.reason);
  response.headers.push_back({"Content-Language", std::string(problem.accept_language)});
  return response;
}

ServerResponse text(std::string body) {
  ServerResponse response;
  response.body = std::move(body);
  return response;
}

Router make_router() {
  Router router(problem);
  router.add({"GET", "/", [](const ServerRequest&, const PathParameters&) { return text("root"); }});
  router.add({"GET", "/cases/{id}", [](const ServerRequest&, const PathParameters& parameters) {
                return text("case " + parameters.at("id"));
              }});
  router.add({"GET", "/cases/new", [](const ServerRequest&, const PathParameters&) { return text("new case"); }});
  router.add({"POST", "/cases/{id}/files/{name}",
              [](const ServerRequest& request, const PathParameters& parameters) {
                return text(parameters.at("id") + " " + parameters.at("name") + " " + std::string(request.body));
              },
              10, "application/json"});
  router.add({"GET", "/tile/{+tile}", [](const ServerRequest&, const PathParameters& parameters) {
                return text("tile " + parameters.at("+tile"));
              }});
  router.add({"POST", "/cases/new", [](const ServerRequest&, const PathParameters&) { return text("made"); }});
  router.add({"DELETE", "/cases/{id}", [](const ServerRequest&, const PathParameters&) { return text("gone"); }});
  router.add({"POST", "/token", [](const ServerRequest&, const PathParameters&) { return text("token"); }, 100,
              "application/x-www-form-urlencoded", true});
  router.add({"GET", "/page", [](const ServerRequest&, const PathParameters&) {
                ServerResponse response = text("page");
                response.headers = {{"content-security-policy", "default-src 'self'"}, {"Cache-Control", "max-age=60"}};
                return response;
              }});
  return router;
}

struct Call {
  std::string_view method, path, content_type, body;
};

ServerResponse handle(const Router& router, const Call& call) {
  ServerRequest request;
  request.method = call.method;
  request.path = call.path;
  request.target = call.path;
  request.body = call.body;
  if (!call.content_type.empty()) request.headers.emplace_back("content-type", call.content_type);
  return router.handle(request);
}

}  // namespace

TEST_CASE("a request finds its route, or the status that says why not") {
  struct Row {
    std::string_view why;
    Call call;
    int status;
    std::string_view body;
  };
  static constexpr Row rows[] = {
      {"the root", {"GET", "/", "", ""}, 200, "root"},
      {"a parameter", {"GET", "/cases/a-B_9.z", "", ""}, 200, "case a-B_9.z"},
      {"an escaped parameter", {"GET", "/cases/%61%2D", "", ""}, 200, "case a-"},
      {"HEAD of a GET route", {"HEAD", "/cases/7", "", ""}, 200, "case 7"},
      {"a fixed path wins", {"GET", "/cases/new", "", ""}, 200, "new case"},
      {"a method that only the pattern has", {"DELETE", "/cases/new", "", ""}, 200, "gone"},
      {"two parameters and a body", {"POST", "/cases/7/files/dg1", "application/json", "{}"}, 200, "7 dg1 {}"},
      {"a media type with a parameter",
       {"POST", "/cases/7/files/a", "Application/JSON; charset=utf-8", "{}"},
       200,
       "7 a {}"},
      {"a body at the limit", {"POST", "/cases/7/files/a", "application/json", "1234567890"}, 200, "7 a 1234567890"},
      {"one segment where many may be", {"GET", "/tile/7", "", ""}, 200, "tile 7"},
      {"many segments", {"GET", "/tile/0/x001/%30%32.p/12", "", ""}, 200, "tile 0/x001/02.p/12"},
      {"none where some have to be", {"GET", "/tile/", "", ""}, 404, ""},
      {"none and no slash", {"GET", "/tile", "", ""}, 404, ""},
      {"an empty one of many", {"GET", "/tile/0//1", "", ""}, 404, ""},
      {"a trailing slash behind many", {"GET", "/tile/0/", "", ""}, 404, ""},
      {"a dot segment among many", {"GET", "/tile/0/../1", "", ""}, 404, ""},
      {"an escaped dot segment among many", {"GET", "/tile/0/%2e%2e/1", "", ""}, 404, ""},
      {"an escaped slash among many", {"GET", "/tile/0%2F1", "", ""}, 404, ""},
      {"no such path", {"GET", "/nothing", "", ""}, 404, "route_not_found: "},
      {"a trailing slash", {"GET", "/cases/7/", "", ""}, 404, ""},
      {"a doubled slash", {"GET", "//", "", ""}, 404, ""},
      {"an empty parameter", {"GET", "/cases/", "", ""}, 404, ""},
      {"a deeper path", {"GET", "/cases/7/8", "", ""}, 404, ""},
      {"another case of letters", {"GET", "/Cases/7", "", ""}, 404, ""},
      {"a pattern as a path", {"GET", "/cases/{id}", "", ""}, 404, ""},
      {"a slash in a parameter", {"GET", "/cases/a%2Fb", "", ""}, 404, ""},
      {"NUL in a parameter", {"GET", "/cases/a%00", "", ""}, 404, ""},
      {"a dot segment", {"GET", "/cases/..", "", ""}, 404, ""},
      {"an escaped dot segment", {"GET", "/cases/%2e%2E", "", ""}, 404, ""},
      {"a double escape", {"GET", "/cases/%2561", "", ""}, 404, ""},
      {"a space in a parameter", {"GET", "/cases/a%20b", "", ""}, 404, ""},
      {"another method", {"PUT", "/cases/7", "", ""}, 405, "method_not_allowed: "},
      {"OPTIONS without CORS", {"OPTIONS", "/cases/7", "", ""}, 405, ""},
      {"no media type",
       {"POST", "/cases/7/files/a", "", "{}"},
       415,
       "media_type_not_supported: this route takes another media type"},
      {"another media type", {"POST", "/cases/7/files/a", "text/plain", "{}"}, 415, ""},
      {"a media type that only begins so", {"POST", "/cases/7/files/a", "application/jsonx", "{}"}, 415, ""},
      {"a body where none is taken", {"GET", "/", "application/json", "{}"}, 415, ""},
      {"a body over the limit",
       {"POST", "/cases/7/files/a", "application/json", "12345678901"},
       413,
       "request_too_large: the body is too large for this route"},
  };
  const Router router = make_router();
  for (const Row& row : rows) {
    INFO(row.why);
    const ServerResponse response = handle(router, row.call);
    CHECK(response.status == row.status);
    if (!row.body.empty()) CHECK(response.body == row.body);
  }
}

TEST_CASE("a repeated Content-Type is no media type") {
  const Router router = make_router();
  ServerRequest request;
  request.method = "POST";
  request.path = "/cases/7/files/a";
  request.body = "{}";
  request.headers = {{"Content-Type", "application/json"}, {"Content-Type", "application/json"}};
  CHECK(router.handle(request).status == 415);
}

TEST_CASE("who makes the problem knows the language of the request") {
  for (const char* target : {"/nothing", "/cases/7", "/token"}) {
    ServerRequest request;
    request.method = "POST";
    request.path = target;
    request.headers = {{"Accept-Language", "ja"}};
    CHECK(make_router().handle(request).header("Content-Language") == "ja");
  }
}

TEST_CASE("405 names the methods that there are") {
  const Router router = make_router();
  CHECK(handle(router, {"PUT", "/cases/7", "", ""}).header("Allow") == "DELETE, GET, HEAD");
  CHECK(handle(router, {"PUT", "/cases/new", "", ""}).header("Allow") == "DELETE, GET, HEAD, POST");
  CHECK(handle(router, {"GET", "/token", "", ""}).header("Allow") == "OPTIONS, POST");
  CHECK(handle(router, {"GET", "/cases/7/files/a", "", ""}).header("Allow") == "POST");
}

TEST_CASE("every answer has the security headers") {
  const Router router = make_router();
  const ServerResponse responses[] = {
      handle(router, {"GET", "/", "", ""}),
      handle(router, {"GET", "/nothing", "", ""}),
      handle(router, {"PUT", "/", "", ""}),
      handle(router, {"POST", "/token", "text/plain", ""}),
      handle(router, {"OPTIONS", "/token", "", ""}),
      handle(router, {"GET", "/page", "", ""}),
      router.refuse(400, "no"),
      router.refuse(500, "no"),
  };
  for (const ServerResponse& response : responses) {
    INFO(response.status, " ", response.body);
    CHECK(response.header("Strict-Transport-Security").value_or("").starts_with("max-age="));
    CHECK(response.header("X-Content-Type-Options") == "nosniff");
    CHECK(response.header("Referrer-Policy") == "no-referrer");
    CHECK(response.header("Content-Security-Policy").has_value());
    CHECK(response.header("Cross-Origin-Opener-Policy") == "same-origin");
    CHECK(response.header("Cross-Origin-Resource-Policy") == "same-origin");
    CHECK(response.header("Permissions-Policy").has_value());
    CHECK(response.header("Cache-Control").has_value());
  }
  CHECK(responses[0].header("Content-Security-Policy") == "default-src 'none'; frame-ancestors 'none'");
  CHECK(responses[0].header("Cache-Control") == "no-store");
}

TEST_CASE("a page keeps the policy it sets itself, once") {
  const ServerResponse response = handle(make_router(), {"GET", "/page", "", ""});
  CHECK(response.header("Content-Security-Policy") == "default-src 'self'");
  CHECK(response.header("Cache-Control") == "max-age=60");
  CHECK(response.header_block.empty());  // so that nothing is said twice
  CHECK(response.headers.size() == 8);
}

TEST_CASE("a browser wallet may call the routes with CORS and no others") {
  const Router router = make_router();
  const ServerResponse preflight = handle(router, {"OPTIONS", "/token", "", ""});
  CHECK(preflight.status == 204);
  CHECK(preflight.header("Access-Control-Allow-Origin") == "*");
  CHECK(preflight.header("Access-Control-Allow-Methods") == "OPTIONS, POST");
  CHECK(preflight.header("Access-Control-Allow-Headers") ==
        "Content-Type, Authorization, DPoP, Idempotency-Key, Mibun-Assertion, OAuth-Client-Attestation, "
        "OAuth-Client-Attestation-PoP");
  CHECK(!preflight.header("Access-Control-Allow-Credentials").has_value());
  const ServerResponse answer = handle(router, {"POST", "/token", "application/x-www-form-urlencoded", "a=b"});
  CHECK(answer.status == 200);
  CHECK(answer.header("Access-Control-Allow-Origin") == "*");
  CHECK(answer.header("Access-Control-Expose-Headers") == "DPoP-Nonce, WWW-Authenticate");
  // An error has to be readable for the wallet as well.
  CHECK(handle(router, {"POST", "/token", "text/plain", ""}).header("Access-Control-Allow-Origin") == "*");
  CHECK(!handle(router, {"GET", "/", "", ""}).header("Access-Control-Allow-Origin").has_value());
}

TEST_CASE("a refusal before the router has a code of its status") {
  const Router router = make_router();
  CHECK(router.refuse(400, "Host is missing").body == "request_malformed: Host is missing");
  CHECK(router.refuse(408, "x").body == "request_malformed: x");
  CHECK(router.refuse(413, "x").body == "request_too_large: x");
  CHECK(router.refuse(431, "x").body == "request_too_large: x");
  CHECK(router.refuse(501, "x").body == "method_not_allowed: x");
  CHECK(router.refuse(505, "x").body == "request_malformed: x");
  CHECK(router.refuse(500, "x").body == "internal_error: x");
}

TEST_CASE("what stands around the handlers sees fit requests only, and may answer in their place") {
  Router router = make_router();
  std::vector<std::string> seen;
  router.set_around([&](const Route& route, const ServerRequest& request, const std::function<ServerResponse()>& run) {
    seen.push_back(route.method + " " + route.pattern + " " + std::string(request.method));
    return route.method == "DELETE" ? text("stopped") : run();
  });
  CHECK(handle(router, {"GET", "/cases/7", "", ""}).body == "case 7");
  CHECK(handle(router, {"HEAD", "/cases/7", "", ""}).body == "case 7");
  const ServerResponse stopped = handle(router, {"DELETE", "/cases/7", "", ""});
  CHECK(stopped.body == "stopped");
  CHECK(stopped.header("X-Content-Type-Options") == "nosniff");
  CHECK(handle(router, {"POST", "/cases/7/files/a", "text/plain", "{}"}).status == 415);
  CHECK(handle(router, {"PUT", "/cases/7", "", ""}).status == 405);
  CHECK(seen == std::vector<std::string>{"GET /cases/{id} GET", "GET /cases/{id} HEAD", "DELETE /cases/{id} DELETE"});
}
