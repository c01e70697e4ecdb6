#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/server.h"

namespace mibun::http {

// The values of "{name}" segments, percent-decoded and checked to be [A-Za-z0-9_.-]+.
using PathParameters = std::map<std::string, std::string, std::less<>>;
using RouteHandler = std::function<ServerResponse(const ServerRequest&, const PathParameters&)>;

struct Route {
  std::string method;   // "GET"
  std::string pattern;  // "/api/v1/partner/requests/{id}"
  RouteHandler handler;
  std::size_t body_bytes_max = 64 * 1024;
  // "application/json", "application/x-www-form-urlencoded", "application/octet-stream"; empty: no body is taken.
  std::string body_type;
  bool cors = false;    // a browser wallet on another origin calls it
};

// Finds the route of a request. No match: 404; other methods there: 405 with Allow; wrong media type: 415; too large:
// 413; OPTIONS on a cors route: preflight answer. Adds the security headers to every answer and CORS where asked.
class Router {
 public:
  // Problem documents are made by the caller: (status, code, detail).
  using ProblemMaker = std::function<ServerResponse(int status, std::string_view code, std::string_view detail)>;
  explicit Router(ProblemMaker problem) : problem_(std::move(problem)) {}

  void add(Route route);
  ServerResponse handle(const ServerRequest& request) const;
  const std::vector<Route>& routes() const { return routes_; }  // for the API description and its test

 private:
  std::vector<Route> routes_;
  ProblemMaker problem_;
};

}  // namespace mibun::http
