#include "server/api/problem.h"

#include <utility>

#include "core/codecs/json.h"
#include "platform/log/log.h"

namespace mibun::server {
namespace {

// A 401 says what would open the door: RFC 9110, section 11.6.1. Tokens: RFC 9449, section 7.1; a token that does not
// open it is told so with a challenge, too, whatever the status: RFC 6750, section 3.
std::string_view challenge(ErrorCode code) {
  switch (code) {
    case ErrorCode::oauth_token_missing:
      return R"(DPoP algs="ES256")";
    case ErrorCode::oauth_invalid_token:
    case ErrorCode::dpop_wrong_key:
      return R"(DPoP error="invalid_token", algs="ES256")";
    case ErrorCode::oauth_insufficient_scope:
      return R"(DPoP error="insufficient_scope", algs="ES256")";
    case ErrorCode::dpop_invalid_proof:
    case ErrorCode::dpop_replayed:
      return R"(DPoP error="invalid_dpop_proof", algs="ES256")";
    default:
      return "Mibun-Assertion";
  }
}

// `reason`: for a developer, in English; empty when there is none.
ServerResponse document(int status, ErrorCode code, std::string_view accept_language, std::string_view reason) {
  const ProblemText text = problem_text(code);
  const bool japanese = prefers_japanese(accept_language);
  json::Object body;
  body["type"] = "urn:mibun:problem:" + std::string(to_string(code));
  body["title"] = text.what.in(japanese);
  body["detail"] = text.next.in(japanese);
  body["status"] = status;
  body["code"] = to_string(code);
  if (!reason.empty()) body["reason"] = reason;
  ServerResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = json::serialize(body);
  return response;
}

}  // namespace

bool prefers_japanese(std::string_view accept_language) {
  const auto ja = accept_language.find("ja");
  const auto en = accept_language.find("en");
  return ja != std::string_view::npos && (en == std::string_view::npos || ja < en);
}

ServerResponse problem(ErrorCode code, std::string_view accept_language) {
  const int status = problem_text(code).status;
  ServerResponse response = document(status, code, accept_language, {});
  if (status == 401 || code == ErrorCode::oauth_insufficient_scope) {
    response.headers.push_back({"WWW-Authenticate", std::string(challenge(code))});
  }
  if (status == 503) response.headers.push_back({"Retry-After", "2"});
  return response;
}

ServerResponse refuse(const Error& error, const ServerRequest& request) {
  const auto level = is_ours_to_mend(error.code) ? log::Level::error : log::Level::info;
  log::write(level, "request_refused", {{"code", to_string(error.code)}, {"where", std::string_view(error.where)}});
  return problem(error.code, request.header("accept-language").value_or(""));
}

http::RouteHandler answer_or_refuse(ApiHandler handler) {
  return [handler = std::move(handler)](const ServerRequest& request, const PathParameters& parameters) {
    auto answer = handler(request, parameters);
    return answer ? std::move(*answer) : refuse(answer.error(), request);
  };
}

http::RouteHandler answer_or_refuse(std::function<Answer(const ServerRequest&)> handler) {
  return [handler = std::move(handler)](const ServerRequest& request, const PathParameters&) {
    auto answer = handler(request);
    return answer ? std::move(*answer) : refuse(answer.error(), request);
  };
}

ServerResponse problem_before_route(const http::Problem& problem) {
  return document(problem.status, problem.code, problem.accept_language, problem.reason);
}

ServerResponse json_answer(const std::string& body, int status) {
  ServerResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.push_back({"Cache-Control", "no-store"});
  response.body = body;
  return response;
}

}  // namespace mibun::server
