#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "server/transparency/operation_names.h"
#include "tests/server/demo/demonstration_double.h"
#include "tests/server/transparency/logged_world.h"

// What is in the log, against the routes of every listener.
namespace mibun::server {
namespace {

// The demonstration's server has all of them.
std::set<std::pair<std::string, std::string>> every_route() {
  TestWorld& w = logged_world();
  w.app.reset();
  Config config = w.config;
  config.demonstration = demonstration_double();
  std::set<std::pair<std::string, std::string>> routes;
  {
    const auto app = must(App::open(std::move(config), w.clock, w.rng));
    for (const http::Route* route : app->every_route()) routes.emplace(route->method, route->pattern);
  }
  w.app = must(App::open(w.config, w.clock, w.rng));
  return routes;
}

bool is_listed(std::string_view method, std::string_view pattern) {
  return std::ranges::any_of(routes_in_log(),
                             [&](const RouteInLog& row) { return row.method == method && row.pattern == pattern; });
}

}  // namespace

TEST_CASE("every route that changes something, and everything that staff read, is in the log or says why not") {
  const auto routes = every_route();
  std::size_t changing = 0;
  for (const auto& [method, pattern] : routes) {
    INFO(method << " " << pattern);
    const bool reads = method == "GET" || method == "HEAD" || method == "OPTIONS";
    const bool by_staff = pattern.starts_with("/api/v1/staff/");
    if (!reads || by_staff) CHECK(is_listed(method, pattern));
    CHECK(operation_of(method, pattern) != kUnlistedOperation);
    changing += reads ? 0 : 1;
  }
  CHECK(changing >= 50);
}

TEST_CASE("every row of the list is a route, has a name or a reason, and no row stands twice") {
  const auto routes = every_route();
  std::set<std::pair<std::string, std::string>> seen;
  for (const RouteInLog& row : routes_in_log()) {
    INFO(row.method << " " << row.pattern);
    const std::pair<std::string, std::string> route(row.method, row.pattern);
    CHECK(routes.contains(route));
    CHECK(seen.insert(route).second);
    CHECK(row.operation.empty() != row.reason.empty());
    CHECK(row.operation.size() <= 64);
  }
}

TEST_CASE("a changing route that nobody listed is in the log all the same") {
  CHECK(operation_of("POST", "/api/v1/new") == kUnlistedOperation);
  CHECK(operation_of("DELETE", "/api/v1/new") == kUnlistedOperation);
  CHECK(operation_of("GET", "/api/v1/new").empty());
  CHECK(operation_of("GET", "/api/v1/staff/cases/{id}") == "staff.read_case");
  CHECK(operation_of("POST", "/api/v1/assertions").empty());
}

}  // namespace mibun::server
