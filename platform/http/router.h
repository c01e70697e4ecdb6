#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "platform/http/path_pattern.h"
#include "platform/http/server.h"

namespace mibun::http {

// PathParameters: the values of "{name}" segments, percent-decoded and checked to be [A-Za-z0-9_.-]+.
using RouteHandler = std::function<ServerResponse(const ServerRequest&, const PathParameters&)>;

struct Route {
  std::string method;   // "GET"
  std::string pattern;  // "/api/v1/partner/requests/{id}"
  RouteHandler handler;
  std::size_t body_bytes_max = 64 * 1024;
  // "application/json", "application/x-www-form-urlencoded", "application/octet-stream"; empty: no body is taken.
  std::string body_type;
  bool cors = false;                 // a browser wallet on another origin calls it
  std::string other_body_type = {};  // a media type that is taken as well, where it is given
};

// What is refused before a handler runs.
struct Problem {
  int status;
  ErrorCode code;
  std::string_view reason;           // for a developer, in English; empty: the code says it all
  std::string_view accept_language;  // empty: not known
};

// Finds the route of a request. No match: 404; other methods there: 405 with Allow; wrong media type: 415; too large:
// 413; OPTIONS on a cors route: preflight answer. Adds the security headers to every answer and CORS where asked.
class Router {
 public:
  // Problem documents are made by the caller.
  using ProblemMaker = std::function<ServerResponse(const Problem& problem)>;
  explicit Router(ProblemMaker problem) : problem_(std::move(problem)) {}

  // Told after each request: the route's pattern ("none" without one), the status, how long its handler took.
  using Observer = std::function<void(std::string_view pattern, int status, std::chrono::microseconds took)>;
  void set_observer(Observer observer) { observer_ = std::move(observer); }

  // Stands around every handler, once the request was found fit for its route: calls `run`, or answers in its place.
  using Around = std::function<ServerResponse(const Route& route, const ServerRequest& request,
                                              const std::function<ServerResponse()>& run)>;
  void set_around(Around around) { around_ = std::move(around); }

  void add(Route route);
  // Whether any method has a route here.
  bool knows(std::string_view path) const;
  ServerResponse handle(const ServerRequest& request) const;
  // A problem with the security headers, for ServerOptions::refusal.
  ServerResponse refuse(int status, std::string_view reason) const;
  const std::vector<Route>& routes() const { return routes_; }  // for the API description and its test

 private:
  // All routes of one pattern.
  struct Place {
    PathPattern pattern;
    std::vector<std::size_t> routes;  // in routes_
    bool cors = false;
  };

  const Place* find_fixed(std::string_view path) const;
  const Route* choose(const Place& place, std::string_view method) const;
  ServerResponse run(const Route& route, const ServerRequest& request, const PathParameters& parameters) const;
  ServerResponse call(const Route& route, const ServerRequest& request, const PathParameters& parameters) const;
  ServerResponse answer_without_route(const ServerRequest& request, const std::vector<const Place*>& here) const;
  std::string methods_of(const std::vector<const Place*>& here) const;

  std::vector<Route> routes_;
  std::vector<Place> places_;
  std::map<std::string, std::size_t, std::less<>> place_of_pattern_;
  std::vector<std::size_t> places_with_parameters_;
  ProblemMaker problem_;
  Observer observer_;
  Around around_;
};

}  // namespace mibun::http
