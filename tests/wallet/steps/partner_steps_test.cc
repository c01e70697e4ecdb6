#include <doctest/doctest.h>

#include "tests/wallet/test_gateway.h"
#include "wallet/history.h"
#include "wallet/steps/steps.h"

// Asking a partner to delete what was shared: once, by the receipt, with nothing in it about who asks.
using namespace mibun;
using namespace mibun::wallet;

namespace {

struct Shared {
  explicit Shared(bool agrees = true) {
    (void)device.make_profile();
    must(device.store.write("trust", gateway.trust()));
    give_card(device, gateway, 2, oid4vp::TestCards::full_claims());
    device.http.answer = [this](const HttpRequest& request) { return gateway.handle(request); };
    (void)run("present_open", {{"link", gateway.link()}});
    (void)run("present_answer", {{"agreed", agrees}, {"language", "ja"}});
    event = must(HistoryBook(device.host).list()).back().id;
  }
  json::Object run(std::string_view name, const json::Object& arguments) { return must(steps.run(name, arguments)); }
  Result<json::Object> ask() { return steps.run("request_deletion", {{"event", event}}); }
  std::string state() { return text_of(must(steps.run("deletion_state", {{"event", event}}))); }
  static std::string text_of(const json::Object& deletion) { return std::string(deletion.at("state").as_string()); }
  json::Object in_history() {
    return run("history", {{"ask_server", false}}).at("events").as_array().at(0).as_object();
  }
  json::Object sent(std::size_t index) {
    return must(json::parse_object(gateway.deletions.at(index).body, {.bytes_max = 1 << 20}));
  }

  TestDevice device;
  Gateway gateway;
  Steps steps{device.host};
  std::string event;
};

}  // namespace

TEST_CASE("a partner is asked to delete by the receipt, and its answers are shown in the history") {
  Shared scene;
  CHECK(scene.in_history().at("can_request_deletion").as_bool());
  CHECK(scene.in_history().at("deletion").is_null());
  const int asked_before = scene.device.holder.asked_again;
  CHECK(Shared::text_of(must(scene.ask())) == "sent");
  CHECK(scene.device.holder.asked_again == asked_before + 1);
  REQUIRE(scene.gateway.deletions.size() == 1);
  const HttpRequest& request = scene.gateway.deletions[0];
  CHECK(request.url == "https://gateway.example/api/v1/deletion-requests");
  CHECK(scene.sent(0).at("receipt") == json::Value(scene.gateway.last_receipt));
  CHECK(scene.sent(0).size() == 2);  // nothing but the receipt and the secret: no account, no assertion
  REQUIRE(request.headers.size() == 2);
  CHECK(request.headers[0].name == "Content-Type");
  CHECK(request.headers[1].name == "Idempotency-Key");  // random, and of this request alone

  const json::Object listed = scene.in_history();
  CHECK_FALSE(listed.at("can_request_deletion").as_bool());
  CHECK(Shared::text_of(listed.at("deletion").as_object()) == "sent");
  scene.gateway.deletion_state = "received";
  CHECK(scene.state() == "received");
  const std::string secret(scene.sent(0).at("secret").as_string());
  CHECK(HttpResponse{.headers = scene.gateway.deletions.back().headers}.header("authorization") == "Bearer " + secret);
  scene.gateway.deletion_state = "done";
  CHECK(scene.state() == "done");
  const std::size_t asked = scene.gateway.deletions.size();
  CHECK(scene.state() == "done");  // which needs no word of the gateway any more
  CHECK(scene.gateway.deletions.size() == asked);
  CHECK(!scene.in_history().at("deletion").as_object().at("done_at").is_null());
}

TEST_CASE("asking again after a lost answer is the same request") {
  Shared scene;
  scene.gateway.loses_deletions = true;
  CHECK(code_of(scene.ask()) == ErrorCode::http_timeout);
  CHECK(scene.in_history().at("can_request_deletion").as_bool());
  CHECK(code_of(scene.steps.run("deletion_state", {{"event", scene.event}})) == ErrorCode::not_found);
  scene.gateway.loses_deletions = false;
  (void)must(scene.ask());
  (void)must(scene.ask());
  // The lost one was sent twice at once, with one key; each later one has its own.
  REQUIRE(scene.gateway.deletions.size() == 4);
  for (std::size_t i = 1; i < 4; ++i) CHECK(scene.sent(0) == scene.sent(i));
  const auto key = [&](std::size_t i) { return scene.gateway.deletions[i].headers.at(1).value; };
  CHECK(key(0) == key(1));
  CHECK(key(1) != key(2));
  CHECK(key(2) != key(3));
}

TEST_CASE("what is due and not done is overdue, with or without the network") {
  Shared scene;
  (void)must(scene.ask());
  scene.device.clock.advance(std::chrono::days(30) - seconds(1));
  CHECK(Shared::text_of(scene.in_history().at("deletion").as_object()) == "sent");
  scene.device.clock.advance(seconds(1));
  CHECK(Shared::text_of(scene.in_history().at("deletion").as_object()) == "overdue");
}

TEST_CASE("a receipt that is still to come is fetched when it is needed") {
  Shared scene;
  scene.gateway.deletion_state = "received";
  const std::string name = must(HistoryBook(scene.device.host).list()).back().receipt;
  must(scene.device.store.remove(name));
  CHECK(scene.in_history().at("receipt").is_null());
  CHECK(scene.in_history().at("can_request_deletion").as_bool());
  CHECK(Shared::text_of(must(scene.ask())) == "received");
  CHECK(!scene.in_history().at("receipt").is_null());
  must(scene.device.store.remove(name));
  scene.gateway.gives_receipts = false;
  const std::size_t asked = scene.gateway.deletions.size();
  CHECK(code_of(scene.ask()) == ErrorCode::not_found);
  CHECK(scene.gateway.deletions.size() == asked);
}

TEST_CASE("nobody is asked without the person, or about what was not shared") {
  Shared scene;
  scene.device.holder.present = false;
  CHECK(code_of(scene.ask()) == ErrorCode::wallet_user_verification_failed);
  CHECK(scene.gateway.deletions.empty());
  Shared refused(false);
  CHECK_FALSE(refused.in_history().at("can_request_deletion").as_bool());
  CHECK(code_of(refused.ask()) == ErrorCode::not_found);
  CHECK(code_of(refused.steps.run("request_deletion", {{"event", "nothing"}})) == ErrorCode::not_found);
  CHECK(code_of(refused.steps.run("request_deletion", {})) == ErrorCode::json_missing_member);
  CHECK(refused.gateway.deletions.empty());
}

TEST_CASE("an answer that says something else is none") {
  for (const std::string_view state : {"erased", "", "DONE"}) {
    Shared scene;
    scene.gateway.deletion_state = state;
    CHECK(code_of(scene.ask()) == ErrorCode::json_bad_value);
    CHECK(scene.in_history().at("can_request_deletion").as_bool());
  }
}

TEST_CASE("a report goes out with the account's word, after stopping too") {
  Shared scene(false);
  const std::string event = scene.event;
  std::vector<json::Object> reports;
  scene.device.http.answer = TestServer{[&](const HttpRequest& request) -> Result<HttpResponse> {
    CHECK(request.url == "https://wallet.example/api/v1/reports");
    CHECK(HttpResponse{.headers = request.headers}.header("mibun-assertion"));
    reports.push_back(must(json::parse_object(request.body)));
    return json_response(201, R"({"report_id":"r","at":"2026-11-23T12:00:00+09:00"})");
  }};
  const auto report = [&](json::Object arguments) { return scene.steps.run("report_partner", arguments); };
  must(report({{"event", event}, {"reason", "pressure"}, {"text", "words"}}));
  must(report({{"event", event}, {"reason", "pressure"}, {"text", "words"}}));
  must(report({{"event", event}, {"reason", "pressure"}}));
  REQUIRE(reports.size() == 3);
  CHECK(reports[0] == reports[1]);
  CHECK(reports[0].at("id") != reports[2].at("id"));
  CHECK(reports[0].at("organization") == "みほん商店 / Sample Shop");
  CHECK(reports[0].at("text") == "words");
  CHECK_FALSE(reports[2].contains("text"));
  CHECK(code_of(report({{"event", "nothing"}, {"reason", "pressure"}})) == ErrorCode::not_found);
  CHECK(code_of(report({{"event", event}})) == ErrorCode::json_missing_member);
  scene.device.holder.present = false;
  scene.device.clock.advance(seconds(60));
  CHECK(code_of(report({{"event", event}, {"reason", "other"}})) == ErrorCode::wallet_user_verification_failed);
  CHECK(reports.size() == 3);
}

TEST_CASE("how a request ended says which event of the history it is") {
  Shared scene(false);
  (void)scene.run("present_open", {{"link", scene.gateway.link()}});
  const json::Object done = scene.run("present_answer", {{"agreed", false}, {"language", "ja"}});
  const std::string id(done.at("event").as_string());
  CHECK(id != scene.event);
  CHECK(must(HistoryBook(scene.device.host).find(id)).kind == "refused");
}
