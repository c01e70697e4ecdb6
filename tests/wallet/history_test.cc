#include "wallet/history.h"

#include <doctest/doctest.h>

#include "core/jose/jwe.h"
#include "tests/wallet/test_device.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

HistoryEvent shared_with(std::string partner, std::string client_id) {
  HistoryEvent event;
  event.kind = "shared";
  event.partner_ja = event.partner_en = std::move(partner);
  event.client_id = std::move(client_id);
  event.registration_id = "reg-" + event.client_id;
  event.claims = {R"(["given_name"])", R"(["age_equal_or_over","20"])"};
  event.outcome = "shared";
  return event;
}

HistoryEvent server_event(std::string kind, Instant at) {
  HistoryEvent event;
  event.id = "s-" + kind;
  event.kind = std::move(kind);
  event.at = at;
  event.source = "server";
  return event;
}

// Keeps what a wallet hands over, as the server does.
struct HistoryServer {
  std::vector<std::string> sealed;
  int posts = 0;
  Result<HttpResponse> handle(const HttpRequest& request) {
    if (request.method == "POST") {
      ++posts;
      const json::Object body = must(json::parse_object(request.body));
      for (const json::Value& event : body.at("events").as_array()) {
        sealed.emplace_back(event.as_object().at("sealed").as_string());
      }
      return json_response(201, R"({"events":[]})");
    }
    json::Array events;
    events.push_back(json::Object{{"id", "s1"},
                                  {"at", "2026-11-23T11:59:30+09:00"},
                                  {"kind", "registered"},
                                  {"source", "server"},
                                  {"details", json::Object{}}});
    for (const std::string& one : sealed) {
      events.push_back(
          json::Object{{"id", "w"}, {"at", "2026-11-23T12:00:01+09:00"}, {"sealed", one}, {"source", "wallet"}});
    }
    return json_response(200, json::serialize(json::Object{{"events", events}}));
  }
};

}  // namespace

TEST_CASE("an event is what happened, in the order it happened, without values") {
  TestDevice device;
  const HistoryBook book(device.host);
  (void)must(book.record(shared_with("みほん商店", "x")));
  device.clock.advance(seconds(5));
  (void)must(book.record({.kind = "card_received", .outcome = "done"}));
  const auto events = must(book.list());
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == "shared");
  CHECK(events[0].pending);
  CHECK(events[0].claims.size() == 2);
  CHECK(events[1].kind == "card_received");
  CHECK(!events[1].pending);
  CHECK(events[1].at == kTestNow + seconds(5));
  CHECK(events[0].id != events[1].id);
}

TEST_CASE("meeting a partner again") {
  TestDevice device;
  const HistoryBook book(device.host);
  CHECK(must(book.previous_shares("x", "reg-x")).count == 0);
  (void)must(book.record(shared_with("A", "x")));
  device.clock.advance(seconds(9));
  (void)must(book.record(shared_with("A", "x")));
  HistoryEvent refused = shared_with("A", "x");
  refused.kind = "refused";
  (void)must(book.record(refused));
  const auto previous = must(book.previous_shares("x", "other"));
  CHECK(previous.count == 2);
  CHECK(previous.last == kTestNow + seconds(9));
  CHECK(must(book.previous_shares("new certificate", "reg-x")).count == 2);
  CHECK(must(book.previous_shares("y", "reg-y")).count == 0);
  HistoryEvent nameless = shared_with("", "");
  nameless.client_id.clear();
  nameless.registration_id.clear();
  (void)must(book.record(nameless));
  CHECK(must(book.previous_shares("", "")).count == 0);
}

TEST_CASE("the server keeps what it cannot read, once, and every event has the same length") {
  TestDevice device;
  Profile profile = device.make_profile();
  HistoryServer server;
  device.http.answer = TestServer{[&](const HttpRequest& request) { return server.handle(request); }};
  ServerApi api(device.host, profile.origin);
  const HistoryBook book(device.host);
  (void)must(book.record({.kind = "registered"}));
  (void)must(book.record(shared_with("みほん商店", "x")));
  (void)must(book.record(shared_with("A partner with a much longer name", "y")));
  must(book.hand_over_pending(api, profile));
  must(book.hand_over_pending(api, profile));
  REQUIRE(server.sealed.size() == 2);
  CHECK(server.posts == 1);
  CHECK(server.sealed[0].size() == server.sealed[1].size());
  for (const HttpRequest& request : device.http.sent) CHECK(request.body.find("given_name") == std::string::npos);

  const auto view = must(merged_history(device.host, api, profile));
  CHECK(view.complete);
  REQUIRE(view.events.size() == 3);  // registered by the server's word, two shared, none twice
  CHECK(view.events[0].kind == "registered");
  CHECK(view.events[0].source == "server");
  CHECK(view.events[1].partner_ja == "みほん商店");

  // Another device's copy of the records is lost: what the server kept comes back.
  for (const std::string& name : must(device.store.names("event."))) must(device.store.remove(name));
  const auto restored = must(merged_history(device.host, api, profile));
  CHECK(restored.events.size() == 3);
  CHECK(restored.events[2].claims.size() == 2);
}

TEST_CASE("offline, the wallet shows its own and says so; with a stranger at the keys it shows nothing") {
  TestDevice device;
  Profile profile = device.make_profile();
  ServerApi api(device.host, profile.origin);
  (void)must(HistoryBook(device.host).record(shared_with("A", "x")));
  const auto view = must(merged_history(device.host, api, profile));
  CHECK(!view.complete);
  CHECK(view.why_incomplete->code == ErrorCode::http_connect_failed);
  CHECK(view.events.size() == 1);
  CHECK(view.events[0].pending);

  HistoryServer server;
  device.http.answer = TestServer{[&](const HttpRequest& request) { return server.handle(request); }};
  device.holder.present = false;
  CHECK(code_of(merged_history(device.host, api, profile)) == ErrorCode::wallet_user_verification_failed);
  CHECK(server.sealed.empty());
}

TEST_CASE("merging: by time, each thing once") {
  HistoryEvent local = shared_with("A", "x");
  local.id = "1";
  local.at = kTestNow;
  HistoryEvent registered{.id = "2", .at = kTestNow - seconds(30), .kind = "registered"};
  HistoryEvent long_ago{.id = "3", .at = kTestNow - std::chrono::hours(2), .kind = "card_received"};
  const auto merged = merge_events({local, registered, long_ago}, {local, local, server_event("registered", kTestNow),
                                                                   server_event("card_received", kTestNow)});
  std::vector<std::string> kinds;
  for (const HistoryEvent& event : merged) kinds.push_back(event.source + " " + event.kind);
  CHECK(kinds ==
        std::vector<std::string>{"wallet card_received", "wallet shared", "server registered", "server card_received"});
}

TEST_CASE("a history that another key sealed is refused, not skipped") {
  TestDevice device;
  const Profile profile = device.make_profile();
  const auto stranger = crypto::P256PrivateKey::generate();
  const std::string sealed =
      must(jose::encrypt_jwe(stranger.public_key(), {}, as_bytes(R"({"id":"1","at":1,"kind":"shared"})"), device.rng));
  json::Array events;
  events.push_back(json::Object{{"id", "w"}, {"at", "2026-11-23T12:00:01+09:00"}, {"sealed", sealed}});
  CHECK(code_of(read_server_events(device.host, profile, {{"events", events}})) == ErrorCode::jwe_decryption_failed);
}
