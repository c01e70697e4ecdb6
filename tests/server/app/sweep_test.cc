#include <doctest/doctest.h>

#include "tests/server/app/row.h"

// Every route with bodies that nobody should send: whatever comes, the answer is a refusal with a code, never 500.
namespace mibun::server {
namespace {

struct Sent {
  std::string what, body, type;
};

std::string filled(std::string pattern) {
  const std::map<std::string, std::string> values{
      {"{id}", std::string(kNoId)}, {"{name}", "EF.DG1"}, {"{hash}", std::string(kNoId)}};
  for (const auto& [name, value] : values) {
    if (const std::size_t at = pattern.find(name); at != std::string::npos) pattern.replace(at, name.size(), value);
  }
  return pattern;
}

bool begins_with_any(std::string_view path, std::initializer_list<std::string_view> beginnings) {
  return std::ranges::any_of(beginnings, [&](std::string_view one) { return path.starts_with(one); });
}

// The request with whatever its route asks for to be let in, so that the body is reached.
TestRequest let_in(TestWorld& w, const http::Route& route, const std::string& target, const Sent& sent) {
  TestRequest request{route.method, target, sent.body, {}};
  if (begins_with_any(target, {"/api/v1/account", "/api/v1/authorizations", "/api/v1/history", "/api/v1/moves",
                               "/api/v1/proofing", "/api/v1/wallet/", "/api/v1/reports", "/api/v1/inquiries"})) {
    static Device device = w.register_device();
    if (route.method == "DELETE") device = w.register_device();
    request = w.account_request(device, route.method, target, sent.body);
  } else if (target.starts_with("/api/v1/staff")) {
    request = w.bound_request(w.token(w.akari), route.method, target, sent.body);
  } else if (target.starts_with("/api/v1/partner")) {
    request = w.bound_request(w.token(w.shop), route.method, target, sent.body);
  } else if (begins_with_any(target,
                             {"/oid4vci/credential", "/oid4vci/deferred_credential", "/oid4vci/notification"})) {
    request = w.bound_request(w.holder_token(), route.method, target, sent.body);
  }
  request.drop("Content-Type");
  if (!sent.type.empty()) request.add("Content-Type", sent.type);
  return request;
}

void check_answer(const Reply& reply, bool may_succeed) {
  INFO(reply.response.body);
  CHECK(reply.status() < 500);
  CHECK(reply.response.header("x-content-type-options") == "nosniff");
  if (may_succeed && reply.status() < 300) return;
  CHECK(reply.status() >= 400);
  // A page for people says its code in its text.
  const bool is_page = reply.response.content_type.starts_with("text/html");
  CHECK((is_page ? reply.response.body.find("oauth_invalid_request") != std::string::npos : !reply.code().empty()));
  CHECK(reply.response.header("cache-control") == "no-store");
}

// Each side of a move shows a token or a proof, which stands in the body: the new device has no account yet.
bool is_of_a_move(std::string_view pattern) {
  return pattern.starts_with("/api/v1/moves/") && !pattern.ends_with("/confirmation") &&
         !pattern.ends_with("/completion");
}

std::vector<Sent> spoiled_bodies(const http::Route& route, Rng& rng) {
  const std::string right = route.body_type.empty() ? std::string(kJsonType) : route.body_type;
  std::vector<Sent> all;
  for (int i = 0; i < 4; ++i) {
    const Bytes noise = rng.bytes(1 + 37U * rng.bytes(1).front());
    all.push_back({"random bytes", std::string(as_text(noise)), right});
  }
  for (int i = 0; i < 6; ++i) {
    std::string text;
    for (const std::uint8_t byte : rng.bytes(300)) text += static_cast<char>(' ' + byte % 95);
    all.push_back({"random text", i % 2 == 0 ? text : "{" + text + "}", right});
  }
  all.push_back({"another media type", "{}", "text/plain"});
  all.push_back({"twice the limit", std::string(2 * route.body_bytes_max, ' '), right});
  return all;
}

}  // namespace

TEST_CASE("no route answers a spoiled body with anything but a refusal") {
  TestWorld& w = world();
  SeededRng rng(7391);
  int requests = 0;
  for (const http::Route& route : w.app->routes()) {
    for (const Sent& sent : spoiled_bodies(route, rng)) {
      INFO(route.method << " " << route.pattern << " with " << sent.what);
      check_answer(w.send(let_in(w, route, filled(route.pattern), sent)), false);
      ++requests;
    }
  }
  CHECK(requests >= 400);
}

TEST_CASE("an empty body and an unknown query are no way in") {
  TestWorld& w = world();
  for (const http::Route& route : w.app->routes()) {
    const std::string target = filled(route.pattern);
    INFO(route.method << " " << route.pattern);
    // A route that takes no body has nothing to miss.
    const bool may_succeed = route.body_type.empty();
    check_answer(w.send(let_in(w, route, target, {"nothing", "", route.body_type})), may_succeed);
    check_answer(w.send(let_in(w, route, target + "?kanaria7391=%00&x[]=1", {"a query", "", ""})), may_succeed);
    check_answer(w.send({route.method, target, "", {}}), may_succeed);
  }
}

TEST_CASE("who is not let in learns nothing about a body") {
  TestWorld& w = world();
  for (const http::Route& route : w.app->routes()) {
    if (!route.pattern.starts_with("/api/v1/")) continue;
    // Of the last, the receipt in the body is what lets in.
    if (begins_with_any(route.pattern, {"/api/v1/registrations", "/api/v1/assertions", "/api/v1/revocations",
                                        "/api/v1/deletion-requests"}))
      continue;
    if (begins_with_any(route.pattern, {"/api/v1/public-notices", "/api/v1/push-key", "/api/v1/inquiries/terms"})) {
      continue;  // for everybody
    }
    if (route.pattern.ends_with("/refusal")) continue;  // stopping needs no sign-in
    if (is_of_a_move(route.pattern)) continue;
    INFO(route.method << " " << route.pattern);
    TestRequest request{route.method, filled(route.pattern), route.body_type.empty() ? "" : "{", {}};
    if (!route.body_type.empty()) request.add("Content-Type", route.body_type);
    const Reply reply = w.send(request);
    CHECK(reply.status() == 401);
    CHECK(reply.response.header("www-authenticate").has_value());
  }
}

}  // namespace mibun::server
