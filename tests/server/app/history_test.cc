#include <doctest/doctest.h>

#include <set>

#include "tests/server/world/registered_wallet.h"
#include "wallet/history.h"

// What the wallet hands over to its history on the server: many at once, all or none, each once.
namespace mibun::server {
namespace {

constexpr std::string_view kPath = "/api/v1/history";

json::Object event(std::string id, std::string sealed = "a.b.c.d.e") {
  return {{"id", std::move(id)}, {"sealed", std::move(sealed)}};
}

std::string id_of(std::size_t number) {
  return "event-of-this-wallet-" + std::to_string(number);
}

json::Object batch(std::size_t count) {
  json::Array events;
  for (std::size_t i = 0; i < count; ++i) events.push_back(event(id_of(i)));
  return {{"events", std::move(events)}};
}

Reply post(Device& device, const json::Object& body) {
  return world().send(world().account_request(device, "POST", std::string(kPath), json::serialize(body)));
}

std::vector<std::string> kept_events(Device& device) {
  const Reply reply = world().send_well(world().account_request(device, "GET", std::string(kPath)), 200);
  std::vector<std::string> ids;
  for (const json::Value& row : reply.json.at("events").as_array()) {
    if (row.as_object().at("source") == "wallet") ids.emplace_back(row.as_object().at("id").as_string());
  }
  return ids;
}

}  // namespace

TEST_CASE("events that are handed over again are answered as the first time, and stand once") {
  Device device = world().register_device();
  const Reply first = post(device, batch(50));
  REQUIRE(first.status() == 201);
  REQUIRE(first.json.at("events").as_array().size() == 50);
  world().clock.advance(seconds(9));
  CHECK(post(device, batch(50)).json == first.json);
  json::Object more = batch(2);
  more["events"].as_array().push_back(event(id_of(99), "other.b.c.d.e"));
  CHECK(post(device, more).status() == 201);
  CHECK(kept_events(device).size() == 51);

  const json::Object alone{{"sealed", "alone.b.c.d.e"}};
  const Reply one = post(device, alone);
  REQUIRE(one.status() == 201);
  world().clock.advance(seconds(9));
  CHECK(post(device, alone).json == one.json);
  const auto ids = kept_events(device);
  CHECK(ids.size() == 52);
  CHECK(std::set(ids.begin(), ids.end()).size() == 52);
  world().clock.advance(-seconds(18));
}

TEST_CASE("an id stands for events of its own person only") {
  Device one = world().register_device(), other = world().register_device();
  const Reply mine = post(one, batch(1)), theirs = post(other, batch(1));
  CHECK(mine.status() == 201);
  CHECK(theirs.status() == 201);
  CHECK(mine.json.at("events").as_array()[0].as_object().at("id") !=
        theirs.json.at("events").as_array()[0].as_object().at("id"));
  CHECK(kept_events(one).size() == 1);
  CHECK(kept_events(other).size() == 1);
}

TEST_CASE("a batch with one wrong event keeps none of them") {
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> spoil;
  };
  const auto last = [](json::Object& body) -> json::Object& { return body.at("events").as_array().back().as_object(); };
  const Row rows[] = {
      {"no event", [](json::Object& body) { body["events"] = json::Array(); }},
      {"51 events", [](json::Object& body) { body = batch(51); }},
      {"both forms", [](json::Object& body) { body["sealed"] = "a.b.c.d.e"; }},
      {"neither form", [](json::Object& body) { body.clear(); }},
      {"a text for a list", [](json::Object& body) { body["events"] = "a.b.c.d.e"; }},
      {"a list of texts", [](json::Object& body) { body["events"] = json::Array{"a.b.c.d.e"}; }},
      {"an event without an id", [&](json::Object& body) { last(body).erase("id"); }},
      {"an event without its text", [&](json::Object& body) { last(body).erase("sealed"); }},
      {"an event with more", [&](json::Object& body) { last(body)["kind"] = "shared"; }},
      {"an id of 15 characters", [&](json::Object& body) { last(body)["id"] = std::string(15, 'a'); }},
      {"an id of 65 characters", [&](json::Object& body) { last(body)["id"] = std::string(65, 'a'); }},
      {"an id that is no base64url", [&](json::Object& body) { last(body)["id"] = "event.of.this.wallet"; }},
      {"what is no JWE", [&](json::Object& body) { last(body)["sealed"] = "a.b.c.d"; }},
      {"a JWE that is too long", [&](json::Object& body) { last(body)["sealed"] = std::string(16381, 'a') + "....e"; }},
  };
  Device device = world().register_device();
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object body = batch(3);
    row.spoil(body);
    CHECK(post(device, body).code() == "request_malformed");
  }
  CHECK(kept_events(device).empty());
}

TEST_CASE("the wallet hands over what is pending, fifty at once, and no answer that got lost doubles an event") {
  RegisteredWallet own;
  const wallet::HistoryBook book(own.device.host);
  for (int i = 0; i < 60; ++i) {
    own.device.clock.advance(milliseconds(1));
    (void)must(book.record({.kind = "shared", .partner_ja = "みほん商店", .outcome = "shared"}));
  }
  own.device.clock.advance(-milliseconds(60));
  const auto served = own.device.http.answer;
  std::size_t handed_over = 0;
  own.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    auto answer = served(request);
    if (request.method != "POST" || !request.url.ends_with(kPath)) return answer;
    ++handed_over;
    // It was kept, and the answer got lost; that to the second try as well.
    if (handed_over == 2 || handed_over == 3) return fail(ErrorCode::http_connect_failed);
    return answer;
  };
  const auto cut = must(wallet::merged_history(own.device.host, own.api, own.profile));
  CHECK_FALSE(cut.complete);
  const auto pending = [&] {
    const auto events = must(book.list());
    return std::ranges::count_if(events, [](const auto& event) { return event.pending; });
  };
  CHECK(pending() == 10);
  const auto view = must(wallet::merged_history(own.device.host, own.api, own.profile));
  CHECK(view.complete);
  CHECK(pending() == 0);
  CHECK(handed_over == 4);
  CHECK(std::ranges::count_if(view.events, [](const auto& event) { return event.kind == "shared"; }) == 60);
  own.account.counter = own.profile.counter;
  CHECK(kept_events(own.account).size() == 60);
}

}  // namespace mibun::server
