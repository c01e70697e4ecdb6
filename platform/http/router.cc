#include "platform/http/router.h"

#include <algorithm>
#include <chrono>

#include "core/base/result.h"
#include "core/codecs/http_message.h"
#include "platform/http/security_headers.h"

namespace mibun::http {
namespace {

std::string_view language_of(const ServerRequest& request) {
  return request.header("Accept-Language").value_or("");
}

// What a route says about a body before its handler sees it.
std::optional<Problem> check_body(const Route& route, const ServerRequest& request) {
  if (route.body_type.empty()) {
    if (request.body.empty()) return std::nullopt;
    return Problem{415, ErrorCode::media_type_not_supported, "this route takes no body", language_of(request)};
  }
  if (request.body.size() > route.body_bytes_max) {
    return Problem{413, ErrorCode::request_too_large, "the body is too large for this route", language_of(request)};
  }
  const auto type = request.header("Content-Type");
  const std::string_view name = type ? media_type(*type) : std::string_view();
  const bool taken = equal_ignoring_case(name, route.body_type) ||
                     (!route.other_body_type.empty() && equal_ignoring_case(name, route.other_body_type));
  if (!taken) {
    return Problem{415, ErrorCode::media_type_not_supported, "this route takes another media type",
                   language_of(request)};
  }
  return std::nullopt;
}

ErrorCode code_of(int status) {
  switch (status) {
    case 413:
    case 414:
    case 431:
      return ErrorCode::request_too_large;
    case 501:
      return ErrorCode::method_not_allowed;
    case 503:
      return ErrorCode::service_overloaded;
    default:
      return status >= 500 && status != 505 ? ErrorCode::internal_error : ErrorCode::request_malformed;
  }
}

}  // namespace

void Router::add(Route route) {
  const auto [place, fresh] = place_of_pattern_.try_emplace(route.pattern, places_.size());
  if (fresh) {
    places_.push_back({PathPattern(route.pattern), {}});
    if (places_.back().pattern.has_parameters()) places_with_parameters_.push_back(place->second);
  }
  Place& here = places_[place->second];
  MIBUN_INVARIANT(choose(here, route.method) == nullptr);  // two routes for one request: one would never be called
  here.routes.push_back(routes_.size());
  here.cors = here.cors || route.cors;
  routes_.push_back(std::move(route));
}

const Router::Place* Router::find_fixed(std::string_view path) const {
  const auto found = place_of_pattern_.find(path);
  if (found == place_of_pattern_.end() || places_[found->second].pattern.has_parameters()) return nullptr;
  return &places_[found->second];
}

bool Router::knows(std::string_view path) const {
  return find_fixed(path) != nullptr ||
         std::any_of(places_with_parameters_.begin(), places_with_parameters_.end(),
                     [&](std::size_t index) { return places_[index].pattern.match(path).has_value(); });
}

const Route* Router::choose(const Place& place, std::string_view method) const {
  for (const std::string_view wanted : {method, std::string_view(method == "HEAD" ? "GET" : "")}) {
    for (const std::size_t index : place.routes) {
      if (routes_[index].method == wanted) return &routes_[index];
    }
  }
  return nullptr;
}

ServerResponse Router::call(const Route& route, const ServerRequest& request, const PathParameters& parameters) const {
  if (!around_) return route.handler(request, parameters);
  return around_(route, request, [&] { return route.handler(request, parameters); });
}

ServerResponse Router::run(const Route& route, const ServerRequest& request, const PathParameters& parameters) const {
  const auto started = std::chrono::steady_clock::now();
  const auto complaint = check_body(route, request);
  ServerResponse response = complaint ? problem_(*complaint) : call(route, request, parameters);
  add_security_headers(response, route.cors);
  if (observer_) {
    observer_(route.pattern, response.status,
              std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - started));
  }
  return response;
}

std::string Router::methods_of(const std::vector<const Place*>& here) const {
  std::vector<std::string_view> methods;
  bool cors = false;
  for (const Place* place : here) {
    cors = cors || place->cors;
    for (const std::size_t index : place->routes) methods.push_back(routes_[index].method);
  }
  if (std::find(methods.begin(), methods.end(), "GET") != methods.end()) methods.push_back("HEAD");
  if (cors) methods.push_back("OPTIONS");
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string list;
  for (const std::string_view method : methods) list.append(list.empty() ? "" : ", ").append(method);
  return list;
}

ServerResponse Router::answer_without_route(const ServerRequest& request, const std::vector<const Place*>& here) const {
  if (here.empty()) {
    ServerResponse response = problem_({404, ErrorCode::route_not_found, {}, language_of(request)});
    add_security_headers(response, false);
    return response;
  }
  const bool cors = std::any_of(here.begin(), here.end(), [](const Place* place) { return place->cors; });
  std::string methods = methods_of(here);
  if (cors && request.method == "OPTIONS") return make_preflight_answer(methods);
  ServerResponse response = problem_({405, ErrorCode::method_not_allowed, {}, language_of(request)});
  response.headers.push_back({"Allow", std::move(methods)});
  add_security_headers(response, cors);
  return response;
}

ServerResponse Router::handle(const ServerRequest& request) const {
  std::vector<const Place*> here;  // places of this path without a route for this method
  if (const Place* place = find_fixed(request.path)) {
    if (const Route* route = choose(*place, request.method)) return run(*route, request, {});
    here.push_back(place);
  }
  for (const std::size_t index : places_with_parameters_) {
    const auto parameters = places_[index].pattern.match(request.path);
    if (!parameters) continue;
    if (const Route* route = choose(places_[index], request.method)) return run(*route, request, *parameters);
    here.push_back(&places_[index]);
  }
  ServerResponse response = answer_without_route(request, here);
  if (observer_) observer_("none", response.status, std::chrono::microseconds(0));
  return response;
}

ServerResponse Router::refuse(int status, std::string_view reason) const {
  ServerResponse response = problem_({status, code_of(status), reason, {}});
  add_security_headers(response, false);
  return response;
}

}  // namespace mibun::http
