#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "platform/http/router.h"
#include "platform/http/server.h"

namespace mibun::server {

// The status and the sentences that a code of our own API goes out with: RFC 9457. One table, problem.cc. The detail of
// the Error itself stays inside; it goes to the log.
struct ProblemText {
  int status;
  std::string_view en;
  std::string_view ja;
};
ProblemText problem_text(ErrorCode code);

// Which of the two languages an Accept-Language header asks for first; English when it names neither.
bool prefers_japanese(std::string_view accept_language);

// {"type":"urn:mibun:problem:<code>","title":...,"status":...,"code":...} as application/problem+json, in Japanese when
// `accept_language` prefers it.
http::ServerResponse problem(ErrorCode code, std::string_view accept_language = {});

// The same for a request; writes the log line {"event":"request_refused","code":...,"where":...}.
http::ServerResponse refuse(const Error& error, const http::ServerRequest& request);

// Route handlers of our own API are functions that return Result<ServerResponse>; an error goes out through refuse().
using ApiHandler = std::function<Result<http::ServerResponse>(const http::ServerRequest&, const http::PathParameters&)>;
http::RouteHandler answer_or_refuse(ApiHandler handler);
http::RouteHandler answer_or_refuse(std::function<Result<http::ServerResponse>(const http::ServerRequest&)> handler);

// For refusals that happen before a route is found (Router, Server): by HTTP status.
http::ServerResponse problem_for_status(int status, std::string_view code, std::string_view detail);

// 200 (or `status`) application/json, Cache-Control: no-store.
http::ServerResponse json_answer(const std::string& body, int status = 200);

}  // namespace mibun::server
