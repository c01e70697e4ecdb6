#include "server/demo/office_routes.h"

#include "server/api/body.h"
#include "server/api/problem.h"
#include "server/demo/assets.h"
#include "server/demo/site_page.h"

namespace mibun::server {
namespace {

constexpr std::string_view kIcon =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1e3a8a"/>)"
    R"(<path fill="none" stroke="#fff" stroke-width="1.6" d="M3.5 8.5l3 3 6-7"/></svg>)";

std::string cookie(std::string_view value, std::chrono::seconds lifetime) {
  return std::string(kOfficeCookie) + "=" + std::string(value) +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(lifetime.count());
}

json::Object as_json(const StaffMember& member) {
  return {{"id", member.client_id}, {"name", member.name}};
}

Answer show(OfficeSessions& sessions, const ServerRequest& request) {
  const auto grant = sessions.require(request, kScopeStaff);
  json::Object body{{"reviewer", nullptr}};
  json::Array reviewers;
  for (const StaffMember& member : sessions.staff().members()) {
    reviewers.push_back(as_json(member));
    if (grant && grant->subject == member.client_id) body["reviewer"] = as_json(member);
  }
  body["reviewers"] = std::move(reviewers);
  return json_answer(json::serialize(body));
}

Answer begin(OfficeSessions& sessions, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  json::ObjectReader reader(body, "body");
  const auto id = reader.string("reviewer_id");
  if (!id || !reader.finish()) return malformed("body", "the member is reviewer_id");
  MIBUN_TRY(const std::string secret, sessions.begin(request, *id));
  ServerResponse response = json_answer(json::serialize(json::Object{{"reviewer_id", *id}}), 201);
  response.headers.push_back({"Set-Cookie", cookie(secret, kOfficeSessionLifetime)});
  return response;
}

Answer end(OfficeSessions& sessions, const ServerRequest& request) {
  MIBUN_TRY(const json::Object body, read_json_body(request));
  if (!body.empty()) return malformed("body", "empty");
  sessions.end(request);
  ServerResponse response = json_answer(R"({"reviewer":null})");
  response.headers.push_back({"Set-Cookie", cookie("", std::chrono::seconds(0))});
  return response;
}

}  // namespace

void add_office_routes(http::Router& router, OfficeSessions& sessions) {
  add_site_page(router, {.root = "",
                         .images = "'self' blob:",  // photos, which the page made of what it was given
                         .text = assets::office_page,
                         .files = {{"/office.css", kStyleType, assets::office_style()},
                                   {"/office.js", kScriptType, assets::office_script()},
                                   {"/case.js", kScriptType, assets::office_case_script()},
                                   {"/words.js", kScriptType, assets::office_words_script()},
                                   {"/icon.svg", kSvgType, kIcon}}});
  using Deed = Answer (*)(OfficeSessions&, const ServerRequest&);
  const auto deed = [&](Deed work) {
    return answer_or_refuse([&sessions, work](const ServerRequest& request) { return work(sessions, request); });
  };
  const auto post = [&](std::string pattern, Deed work) {
    router.add({.method = "POST",
                .pattern = std::move(pattern),
                .handler = deed(work),
                .body_bytes_max = 1024,
                .body_type = "application/json"});
  };
  router.add({.method = "GET", .pattern = "/api/office/session", .handler = deed(show)});
  post("/api/office/session", begin);
  post("/api/office/session/end", end);
}

}  // namespace mibun::server
