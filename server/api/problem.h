#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "platform/http/router.h"
#include "platform/http/server.h"

namespace mibun::server {

// The words of every file of routes.
using http::PathParameters;
using http::ServerRequest;
using http::ServerResponse;
using Answer = Result<ServerResponse>;

struct ProblemWords {
  std::string_view en, ja;
  std::string_view in(bool japanese) const { return japanese ? ja : en; }
};

// The status that a code of our own API goes out with, what happened, and what to do next. One table,
// problem_texts.cc. The detail of the Error itself stays inside; it goes to the log.
struct ProblemText {
  int status;
  ProblemWords what, next;
};
ProblemText problem_text(ErrorCode code);

// Whether the fault is with us, so that whoever asked can only try again.
bool is_ours_to_mend(ErrorCode code);

// Which of the two languages an Accept-Language header asks for first; English when it names neither.
bool prefers_japanese(std::string_view accept_language);

// {"type":"urn:mibun:problem:<code>","title":<what>,"detail":<next>,"status":...,"code":...} as
// application/problem+json (RFC 9457), in Japanese when `accept_language` prefers it.
ServerResponse problem(ErrorCode code, std::string_view accept_language = {});

// The same for a request; writes the log line {"event":"request_refused","code":...,"where":...}.
ServerResponse refuse(const Error& error, const ServerRequest& request);

// Route handlers of our own API are functions that return an Answer; an error goes out through refuse().
using ApiHandler = std::function<Answer(const ServerRequest&, const PathParameters&)>;
http::RouteHandler answer_or_refuse(ApiHandler handler);
http::RouteHandler answer_or_refuse(std::function<Answer(const ServerRequest&)> handler);

// For refusals before a handler runs (Router, Server); with the member "reason" where there is one.
ServerResponse problem_before_route(const http::Problem& problem);

// 200 (or `status`) application/json, Cache-Control: no-store.
ServerResponse json_answer(const std::string& body, int status = 200);

}  // namespace mibun::server
