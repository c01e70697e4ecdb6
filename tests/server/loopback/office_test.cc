#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/emrtd/data_groups.h"
#include "server/demo/office_sessions.h"
#include "tests/server/loopback/demo.h"

// The demonstration's review office: who may ask it for what, and that two people decide there as anywhere.
namespace mibun::server {
namespace {

constexpr std::string_view kOfficeOrigin = "http://office.localhost:8482";
constexpr const char* kApprove = R"({"decision":"approve","reason_code":"all_checks_passed"})";
constexpr const char* kCases = "/api/v1/staff/cases";

Reply to_office(TestRequest request) {
  return send_to(demo().office(), std::move(request), kOfficeHost);
}
// As a script of the office's own page sends it.
TestRequest from_page(TestRequest request, const std::string& cookie = {}) {
  request.add(LoopbackSite::kOwnPageHeader, "1");
  if (request.method != "GET") request.add("Origin", kOfficeOrigin);
  if (!cookie.empty()) request.add("Cookie", cookie);
  return request;
}
TestRequest get(std::string target, const std::string& cookie = {}) {
  return from_page({.target = std::move(target)}, cookie);
}
TestRequest sending(std::string target, std::string body, const std::string& cookie = {}) {
  return from_page(post(std::move(target), std::move(body)), cookie);
}

// The browser's cookie from now on.
std::string cookie_of(const Reply& reply) {
  const std::string set(reply.response.header("set-cookie").value_or(""));
  return set.substr(0, set.find(';'));
}
std::string sit_as(const std::string& reviewer, const std::string& cookie = {}) {
  const Reply begun = to_office(sending("/api/office/session", R"({"reviewer_id":")" + reviewer + "\"}", cookie));
  REQUIRE(begun.status() == 201);
  return cookie_of(begun);
}
std::string case_path(const std::string& case_id) {
  return std::string(kCases) + "/" + case_id;
}
Reply decide(const std::string& cookie, const std::string& case_id, const char* body = kApprove) {
  return to_office(sending(case_path(case_id) + "/decisions", body, cookie));
}
std::size_t times_looked_at(TestWorld& w, Device& device) {
  const Reply history = w.send(w.account_request(device, "GET", "/api/v1/history"));
  REQUIRE(history.status() == 200);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = history.response.body.find("staff_viewed", at)) != std::string::npos; ++at) ++count;
  return count;
}

}  // namespace

TEST_CASE("the office's page and its files let nothing else in") {
  for (const char* target : {"/", "/ja", "/en", "/office.css", "/office.js", "/case.js", "/words.js", "/icon.svg"}) {
    INFO(target);
    const Reply file = to_office({.target = target});
    CHECK(file.status() == 200);
    const std::string policy(file.response.header("content-security-policy").value_or(""));
    CHECK(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"));
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(policy.find("require-trusted-types-for 'script'") != std::string::npos);
  }
  CHECK(to_office({.target = "/ja"}).response.body.find("<html lang=\"ja\">") != std::string::npos);
  CHECK(to_office({.target = "/en"}).response.body.find("<html lang=\"en\">") != std::string::npos);
  for (const auto& [wished, shown] : {std::pair{"ja", "ja"}, {"", "ja"}, {"fr", "ja"}, {"en-GB,en;q=0.9", "en"}}) {
    INFO(wished);
    TestRequest request{.target = "/"};
    request.add("Accept-Language", wished);
    CHECK(to_office(request).response.body.find(std::string("<html lang=\"") + shown + "\">") != std::string::npos);
  }
}

TEST_CASE("who sits in the office is in a cookie that no script reads and no other site sends") {
  const Reply nobody = to_office(get("/api/office/session"));
  CHECK(nobody.response.body == R"({"reviewer":null,"reviewers":[{"id":"reviewer-akari","name":"reviewer-akari"},)"
                                R"({"id":"reviewer-minoru","name":"reviewer-minoru"},)"
                                R"({"id":"reviewer-sora","name":"reviewer-sora"}]})");
  const Reply begun = to_office(sending("/api/office/session", R"({"reviewer_id":"reviewer-akari"})"));
  REQUIRE(begun.status() == 201);
  const std::string set(begun.response.header("set-cookie").value_or(""));
  CHECK(set.starts_with("mibun-office="));
  CHECK(set.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=14400"));
  const std::string secret = cookie_of(begun).substr(std::string_view("mibun-office=").size());
  CHECK(must(base64url::decode(secret)).size() == 32);
  CHECK(begun.response.body.find(secret) == std::string::npos);
  CHECK(cookie_of(to_office(sending("/api/office/session", R"({"reviewer_id":"reviewer-akari"})"))) !=
        cookie_of(begun));
  const Reply sits = to_office(get("/api/office/session", cookie_of(begun)));
  CHECK(sits.json.at("reviewer").as_object().at("id").as_string() == "reviewer-akari");
  for (const char* body : {R"({"reviewer_id":"reviewer-nobody"})", R"({"reviewer_id":""})", "{}",
                           R"({"reviewer_id":"reviewer-akari","more":1})", "[]"}) {
    INFO(body);
    const Reply refused = to_office(sending("/api/office/session", body));
    CHECK(refused.status() == 400);
    CHECK(refused.code() == "request_malformed");
    CHECK_FALSE(refused.response.header("set-cookie").has_value());
  }
}

TEST_CASE("what a check says beside its outcome has the reviewer's words, too") {
  TestWorld& w = demo().world;
  const std::string case_id = w.case_in_review(w.holder);
  const std::string words = to_office({.target = "/words.js"}).response.body;
  const Reply shown = to_office(get(case_path(case_id), sit_as("reviewer-akari")));
  int sentences = 0;
  for (const json::Value& finding : shown.json.at("findings").as_array()) {
    const std::string detail(finding.as_object().at("detail").as_string());
    INFO(detail);
    if (detail.empty() || detail.starts_with("DG") || detail.starts_with("in date on ")) continue;  // taken apart there
    CHECK(words.find("\n  \"" + detail + "\": [\"") != std::string::npos);
    ++sentences;
  }
  CHECK(sentences >= 5);
}

TEST_CASE("without a session of the office nothing is shown and nothing decided") {
  TestWorld& w = demo().world;
  const std::string case_id = w.case_in_review(w.holder);
  const std::size_t looks = times_looked_at(w, w.holder);
  struct Row {
    const char* why;
    std::string cookie, code;
  };
  const std::string sat = sit_as("reviewer-akari");
  for (const Row& row :
       {Row{"none", "", "oauth_token_missing"}, Row{"another name", "office=x", "oauth_token_missing"},
        Row{"a longer name", "x" + sat, "oauth_token_missing"}, Row{"empty", "mibun-office=", "oauth_invalid_token"},
        Row{"one that nobody has", "mibun-office=" + std::string(43, 'A'), "oauth_invalid_token"},
        Row{"cut short", sat.substr(0, sat.size() - 1), "oauth_invalid_token"},
        Row{"the reviewer's name", "mibun-office=reviewer-akari", "oauth_invalid_token"}}) {
    INFO(row.why);
    for (const TestRequest& request : {get(kCases, row.cookie), get(case_path(case_id), row.cookie),
                                       sending(case_path(case_id) + "/decisions", kApprove, row.cookie)}) {
      const Reply refused = to_office(request);
      CHECK(refused.status() == 401);
      CHECK(refused.code() == row.code);
    }
  }
  CHECK(times_looked_at(w, w.holder) == looks);
  CHECK(to_office(get(case_path(case_id), sat)).json.at("approvals").as_int64() == 0);
}

TEST_CASE("another origin's page makes the office do nothing") {
  TestWorld& w = demo().world;
  const std::string case_id = w.case_in_review(w.holder), cookie = sit_as("reviewer-akari");
  const std::size_t looks = times_looked_at(w, w.holder);
  for (const char* origin : {"http://shop.localhost:8481", "http://localhost:8480", "http://office.localhost:8481",
                             "http://office.localhost", "https://office.localhost:8482",
                             "http://evil.office.localhost:8482", "https://mibun.example", "null", ""}) {
    INFO(origin);
    for (const TestRequest& good : {sending("/api/office/session", R"({"reviewer_id":"reviewer-minoru"})", cookie),
                                    sending("/api/office/session/end", "{}", cookie),
                                    sending(case_path(case_id) + "/decisions", kApprove, cookie)}) {
      TestRequest request = good;
      const Reply refused = to_office(request.set("Origin", origin));
      CHECK(refused.status() == 403);
      CHECK(refused.code() == "request_malformed");
      CHECK_FALSE(refused.response.header("access-control-allow-origin").has_value());
      TestRequest without = good;
      CHECK(to_office(without.drop("Origin")).status() == 403);
    }
  }
  // A look changes the person's history, and a picture or a form elsewhere could ask for an address.
  for (const std::string& target : {case_path(case_id), std::string(kCases), std::string("/api/office/session")}) {
    INFO(target);
    TestRequest without = get(target, cookie), other = get(target, cookie);
    CHECK(to_office(without.drop(LoopbackSite::kOwnPageHeader)).status() == 403);
    CHECK(to_office(other.set(LoopbackSite::kOwnPageHeader, "")).status() == 403);
    TestRequest asking{.method = "OPTIONS", .target = target};
    asking.add("Origin", "http://shop.localhost:8481").add("Access-Control-Request-Method", "GET");
    const Reply preflight = to_office(asking.add("Access-Control-Request-Headers", LoopbackSite::kOwnPageHeader));
    CHECK(preflight.status() == 403);
    CHECK_FALSE(preflight.response.header("access-control-allow-origin").has_value());
  }
  // A form can send text without asking first, but no JSON.
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded"}) {
    TestRequest form = sending(case_path(case_id) + "/decisions", kApprove, cookie);
    CHECK(to_office(form.set("Content-Type", type)).code() == "media_type_not_supported");
  }
  CHECK(times_looked_at(w, w.holder) == looks);
  CHECK(to_office(get("/api/office/session", cookie)).json.at("reviewer").as_object().at("id").as_string() ==
        "reviewer-akari");
  CHECK(to_office(get(case_path(case_id), cookie)).json.at("approvals").as_int64() == 0);
}

TEST_CASE("the office answers the reviewers' routes and none of the others") {
  const std::string cookie = sit_as("reviewer-akari");
  for (const http::Route& route : demo().world.app->routes()) {
    if (route.pattern == "/" || route.pattern.starts_with(kCases)) continue;
    INFO(route.method << " " << route.pattern);
    std::string target = route.pattern;
    for (std::size_t at = target.find('{'); at != std::string::npos; at = target.find('{')) {
      target.replace(at, target.find('}') - at + 1, kNoId);
    }
    CHECK(to_office(from_page({route.method, target, "", {}}, cookie)).status() == 404);
  }
  for (const char* target : {"/demo/verifier", "/demo/verifier/page.js", "/demo/verifier/state", "/wallet.json"}) {
    CHECK(to_office(get(target, cookie)).status() == 404);
  }
  CHECK(to_office(sending("/demo/passport", R"({"challenge":"AAAAAAAAAAA"})", cookie)).status() == 404);
  // And its session is worth nothing elsewhere.
  CHECK(demo().world.send(get(kCases, cookie)).code() == "oauth_token_missing");
}

TEST_CASE("in the office two people approve, each once, and the person sees who looked") {
  TestWorld& w = demo().world;
  const std::string case_id = w.case_in_review(w.holder);
  const std::size_t looks = times_looked_at(w, w.holder);
  const std::string akari = sit_as("reviewer-akari");
  CHECK(to_office(get(kCases, akari)).response.body.find(case_id) != std::string::npos);
  CHECK(times_looked_at(w, w.holder) == looks);

  const Reply shown = to_office(get(case_path(case_id), akari));
  REQUIRE(shown.status() == 200);
  CHECK(times_looked_at(w, w.holder) == looks + 1);
  const Reply history = w.send(w.account_request(w.holder, "GET", "/api/v1/history"));
  CHECK(history.response.body.find("reviewer-akari") != std::string::npos);
  const auto portrait = must(emrtd::parse_dg2(w.chip_files().at("EF.DG2")));
  const json::Object& picture = shown.json.at("portrait").as_object();
  CHECK(picture.at("media_type").as_string() == "image/jpeg");
  CHECK(must(base64url::decode(std::string_view(picture.at("image").as_string()))) == portrait.image);

  const Reply first = decide(akari, case_id);
  CHECK(first.response.body == R"({"state":"in_review","approvals":1})");
  CHECK(decide(akari, case_id).code() == "case_same_reviewer");
  CHECK(decide(sit_as("reviewer-akari"), case_id).code() == "case_same_reviewer");  // also from another browser
  const std::string minoru = sit_as("reviewer-minoru", akari);
  CHECK(decide(akari, case_id).code() == "oauth_invalid_token");  // who switched does not sit there any more
  CHECK(decide(minoru, case_id).response.body == R"({"state":"approved","approvals":2})");
  CHECK(decide(minoru, case_id).code() == "case_wrong_state");
  CHECK(to_office(get(case_path(case_id), minoru)).code() == "case_wrong_state");
}

TEST_CASE("a case that is not there, and a decision that is none") {
  TestWorld& w = demo().world;
  const std::string cookie = sit_as("reviewer-akari"), case_id = w.case_in_review(w.holder);
  CHECK(to_office(get(case_path(std::string(kNoId)), cookie)).code() == "case_not_found");
  CHECK(decide(cookie, std::string(kNoId)).code() == "case_not_found");
  for (const char* body :
       {"{}", R"({"decision":"approve"})", R"({"decision":"maybe","reason_code":"all_checks_passed"})",
        R"({"decision":"reject","reason_code":"I did not like it"})"}) {
    INFO(body);
    CHECK(decide(cookie, case_id, body).code() == "request_malformed");
  }
  CHECK(decide(cookie, case_id, R"({"decision":"reject","reason_code":"portrait_mismatch"})").response.body ==
        R"({"state":"rejected","approvals":0})");
}

TEST_CASE("a session of the office ends: when its reviewer leaves, and after its time") {
  TestWorld& w = demo().world;
  const std::string left = sit_as("reviewer-akari");
  const Reply ended = to_office(sending("/api/office/session/end", "{}", left));
  CHECK(ended.response.header("set-cookie") == "mibun-office=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  CHECK(to_office(get(kCases, left)).code() == "oauth_invalid_token");

  const std::string cookie = sit_as("reviewer-akari");
  w.clock.advance(kOfficeSessionLifetime - std::chrono::seconds(1));
  CHECK(to_office(get(kCases, cookie)).status() == 200);
  w.clock.advance(std::chrono::seconds(1));
  CHECK(to_office(get(kCases, cookie)).code() == "oauth_invalid_token");

  // Whoever begins sessions without end drives out the oldest.
  const std::string first = sit_as("reviewer-akari");
  w.clock.advance(std::chrono::seconds(1));
  std::string last;
  for (int i = 0; i < 256; ++i) last = sit_as("reviewer-minoru");
  CHECK(to_office(get(kCases, first)).code() == "oauth_invalid_token");
  CHECK(to_office(get(kCases, last)).status() == 200);
}

}  // namespace mibun::server
