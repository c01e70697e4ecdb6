#include <doctest/doctest.h>

#include "platform/keyd/keyd.h"
#include "server/transparency/logged_routes.h"
#include "server/transparency/operation_names.h"
#include "tests/server/transparency/logged_world.h"

// What a life of cases, cards and requests leaves in the log.
namespace mibun::server {
namespace {

SecretBytes subject_key(const TestWorld& w, const std::string& account_id) {
  const auto keys = must(keyd::open_embedded_key_holder(w.data_directory() + "/keyd", w.rng));
  return must(log_subject_key(*keys, keyd::PersonId{account_id}));
}

// A case of this person, which two reviewers look at and approve.
void have_approved(TestWorld& w, Device& device) {
  const std::string place = "/api/v1/staff/cases/" + w.case_in_review(device);
  for (const Program* reviewer : {&w.akari, &w.minoru}) {
    w.send_well(w.bound_request(w.token(*reviewer), "GET", place), 200);
    w.send_well(w.bound_request(w.token(*reviewer), "POST", place + "/decisions",
                                R"({"decision":"approve","reason_code":"all_checks_passed"})"),
                200);
  }
}

std::set<std::string> operations(const std::vector<tlog::LogRecord>& records) {
  std::set<std::string> names;
  for (const tlog::LogRecord& record : records) names.insert(record.operation);
  return names;
}

}  // namespace

TEST_CASE("each operation leaves its intent and its result, staff reads too, and says nothing of a person") {
  TestWorld& w = logged_world();
  Device device = w.register_device();
  have_approved(w, device);
  w.card_of(device);
  const AskedRequest asked = w.ask(w.shop);
  w.send_well(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/inquiries"), 200);
  CHECK(w.send({.method = "DELETE", .target = "/api/v1/account", .body = "", .headers = {}}).code() ==
        "assertion_missing");
  CHECK(w.send(w.json_request("POST", "/api/v1/revocations", {{"revocation_code", "none"}})).status() >= 400);
  const KeptLog log = stop_and_read(w);

  CHECK(log.open_intents == 0);
  CHECK(log.records.size() % 2 == 0);
  for (const char* name :
       {"account.begin", "account.register", "case.open", "case.put_file", "case.submit", "staff.read_case",
        "case.decide", "card.issue", "token.issue", "presentation.ask", "staff.list_inquiries", "partner.register"}) {
    INFO(name);
    CHECK(log.intents_of(name) >= 1);
    CHECK(log.intents_of(name) == log.results_of(name).size());
    CHECK(log.last_outcome_of(name) == "ok");
  }
  CHECK(log.last_outcome_of("account.erase") == "assertion_missing");
  CHECK_FALSE(log.results_of("account.erase").back().subject.has_value());
  CHECK(log.last_outcome_of("account.revoke") != "ok");
  // An intent is made before anybody knows whom it is about.
  for (const tlog::LogRecord& record : log.records) {
    if (!record.result) CHECK_FALSE(record.subject.has_value());
    CHECK(record.operation != kUnlistedOperation);
  }
  const std::string text = log.text();
  for (const std::string& value : w.claim_values()) CHECK(text.find(value) == std::string::npos);
  for (const std::string& value : {device.account_id, device.revocation_code, asked.id, asked.session_secret}) {
    CHECK(text.find(value) == std::string::npos);
  }
}

TEST_CASE("what is read and what is public leaves no trace") {
  TestWorld& w = logged_world();
  Device device = w.register_device();
  const KeptLog before = stop_and_read(w);
  w.send_well({.target = "/.well-known/mibun-trust.json"}, 200);
  w.send_well({.target = "/healthz"}, 200);
  w.send_well({.target = "/log/checkpoint"}, 200);
  w.send_well(w.account_request(device, "GET", "/api/v1/account"), 200);
  CHECK(w.send({.method = "POST", .target = "/nowhere", .body = "", .headers = {}}).status() == 404);
  CHECK(w.send({.method = "POST", .target = "/api/v1/reports", .body = "{}", .headers = {}}).status() == 415);
  CHECK(stop_and_read(w).head == before.head);
  CHECK(w.send({.method = "HEAD", .target = "/api/v1/staff/cases", .body = "", .headers = {}}).status() == 401);
  CHECK(stop_and_read(w).last_outcome_of("staff.list_cases") == "oauth_token_missing");
}

TEST_CASE("a person's records are found with the person's key and with no other") {
  TestWorld& w = logged_world();
  Device device = w.register_device();
  Device other = w.register_device();
  have_approved(w, device);
  w.card_of(device);
  CHECK(w.send(w.account_request(device, "POST", "/api/v1/account/keys", "{}")).code() == "key_exists");
  const KeptLog log = stop_and_read(w);
  w.app.reset();
  const SecretBytes key = subject_key(w, device.account_id), other_key = subject_key(w, other.account_id);
  w.app = must(App::open(w.config, w.clock, w.rng));

  const auto mine = log.about(key.reveal());
  // The person's own deeds, those that staff did about them, and those of a token that stands for them.
  for (const char* name : {"account.register", "account.second_key", "case.open", "case.submit", "staff.read_case",
                           "case.decide", "token.issue", "card.issue"}) {
    INFO(name);
    CHECK(operations(mine).contains(name));
  }
  // The first of two decisions as well, which changes nothing yet.
  for (const tlog::LogRecord& record : log.results_of("case.decide")) CHECK(record.subject.has_value());
  CHECK(operations(log.about(other_key.reveal())) == std::set<std::string>{"account.register"});
  std::set<tlog::LogSubject> subjects;
  for (const tlog::LogRecord& record : mine) CHECK(subjects.insert(*record.subject).second);
  for (const tlog::LogRecord& record : log.about(other_key.reveal())) CHECK_FALSE(subjects.contains(*record.subject));
}

TEST_CASE("an erased person's records stay and are nobody's any more") {
  TestWorld& w = logged_world();
  Device device = w.register_device();
  w.approve(device);
  const KeptLog before = stop_and_read(w);
  w.app.reset();
  const SecretBytes key = subject_key(w, device.account_id);
  w.app = must(App::open(w.config, w.clock, w.rng));
  const std::size_t known = before.about(key.reveal()).size();
  REQUIRE(known >= 4);

  w.send_well(w.account_request(device, "DELETE", "/api/v1/account"), 200);
  const KeptLog after = stop_and_read(w);
  w.app.reset();
  const SecretBytes gone = subject_key(w, device.account_id);
  w.app = must(App::open(w.config, w.clock, w.rng));
  CHECK(gone.empty());
  // The tree is whole and has every entry it had.
  CHECK(after.findings.empty());
  REQUIRE(after.entries.size() > before.entries.size());
  CHECK(std::ranges::equal(before.entries, std::span(after.entries).first(before.entries.size())));
  // The erasure itself: done, and about nobody.
  CHECK(after.last_outcome_of("account.erase") == "ok");
  CHECK_FALSE(after.results_of("account.erase").back().subject.has_value());
  // The key as somebody kept it who should not have: nothing new was said under it.
  CHECK(after.about(key.reveal()).size() == known);
}

TEST_CASE("how an answer ended is said in codes, whoever's they are") {
  const auto outcome = [](int status, std::string body) {
    http::ServerResponse response;
    response.status = status;
    response.body = std::move(body);
    return outcome_of(response);
  };
  CHECK(outcome(200, R"({"code":"case_not_found"})") == "ok");
  CHECK(outcome(303, "") == "ok");
  CHECK(outcome(404, R"({"code":"case_not_found","status":404})") == "case_not_found");
  CHECK(outcome(400, R"({"error":"invalid_grant"})") == "invalid_grant");
  CHECK(outcome(400, R"({"error":17})") == "http_400");
  CHECK(outcome(500, "<html>") == "http_500");
}

}  // namespace mibun::server
