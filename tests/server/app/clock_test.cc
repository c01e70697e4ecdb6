#include <doctest/doctest.h>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "server/clock/gate.h"
#include "server/clock/memory.h"
#include "tests/server/clock/turned_clock.h"
#include "tests/server/world/own_world.h"

// What the whole server does while its machine's clock is off (promise WP-12b and c).
namespace mibun::server {
namespace {

const std::string kOpenCase = R"({"method":"emrtd"})";

using namespace std::chrono_literals;

struct WorldWithClock {
  WorldWithClock() : source(std::make_shared<TurnedClock>(kTestNow)) {
    world.app.reset();
    std::filesystem::remove(world.data_directory() + "/clock.seen");  // of the kernel's clock
    world.config.clock_source = source;
    world.app = must(App::open(world.config, world.clock, world.rng));
  }
  std::string status() const { return world.send({.target = "/readyz"}).text("status"); }
  OwnWorld world;
  std::shared_ptr<TurnedClock> source;
};

// What a route that changes something and goes on is for, when the clock is off.
const std::map<std::string_view, std::string_view> kGoesOn = {
    {"POST /api/v1/registrations", "a key is bound to an account; no date is vouched for"},
    {"POST /api/v1/registrations/{id}", "the same"},
    {"POST /api/v1/assertions", "without it nobody could read"},
    {"POST /api/v1/account/keys", "always refused"},
    {"POST /api/v1/account/terms", "as at the registration"},
    {"POST /api/v1/revocations", "stopping is never in the way"},
    {"POST /api/v1/moves", "its cards come by the issuing routes, which stop"},
    {"POST /api/v1/moves/lookup", "a read"},
    {"POST /api/v1/moves/{id}/unit", "as the move"},
    {"POST /api/v1/moves/{id}/state", "a read"},
    {"POST /api/v1/moves/{id}/opening", "as the move"},
    {"POST /api/v1/moves/{id}/cancellation", "stopping is never in the way"},
    {"POST /api/v1/moves/{id}/confirmation", "it ends what the old device has"},
    {"POST /api/v1/moves/{id}/completion", "as the move"},
    {"POST /api/v1/notices/{id}/read", "a mark"},
    {"PUT /api/v1/push-subscription", "an address"},
    {"DELETE /api/v1/push-subscription", "an address"},
    {"POST /api/v1/staff/public-notices", "how else would people hear of it"},
    {"POST /api/v1/staff/public-notices/{id}/withdrawal", "the same"},
    {"POST /api/v1/history", "the wallet's own"},
    {"POST /api/v1/reports", "a voice that must be heard"},
    {"POST /api/v1/inquiries", "the same"},
    {"POST /api/v1/staff/inquiries/{id}/answer", "the same"},
    {"POST /api/v1/proofing/cases", "evidence is judged when it is handed in"},
    {"PUT /api/v1/proofing/cases/{id}/files/{name}", "the same"},
    {"POST /api/v1/proofing/cases/{id}/appeal", "a voice that must be heard"},
    {"POST /api/v1/proofing/cases/{id}/offer", "an offer issues nothing"},
    {"POST /api/v1/authorizations/{id}/refusal", "stopping is never in the way"},
    {"POST /oid4vci/notification", "what the wallet did already"},
    {"POST /api/v1/partner/deletion-requests/{id}", "what the partner did already"},
    {"POST /api/v1/staff/readers/{id}/revocation", "revoking is never in the way"},
    {"POST /api/v1/partner/requests/{id}/result", "what was verified before"},
    {"POST /api/v1/staff/legal-holds/{id}/openings", "an order; what is on hold is there or was thrown away in time"},
    {"POST /api/v1/staff/legal-hold-openings/{id}/approval", "the same"},
    {"POST /api/v1/staff/legal-hold-openings/{id}/halves", "the same"},
    {"POST /api/v1/staff/legal-hold-openings/{id}/reading", "the same"},
};

}  // namespace

TEST_CASE("every route that changes something stops with the clock, or has its reason to go on") {
  std::set<std::string> names;
  std::size_t stops = 0, repeats = 0;
  for (const http::Route& route : world().app->routes()) {
    const std::string name = route.method + " " + route.pattern;
    INFO(name);
    const UntrustedClock rule = under_untrusted_clock(route.method, route.pattern);
    stops += rule == UntrustedClock::stops ? 1 : 0;
    repeats += rule == UntrustedClock::repeats ? 1 : 0;
    if (route.method != "GET") CHECK((rule == UntrustedClock::goes_on) == kGoesOn.contains(name));
    names.insert(name);
  }
  CHECK(stops == 22);  // each of the gate's own rows is a route
  CHECK(repeats == 7);
  for (const auto& [name, why] : kGoesOn) {
    INFO(name);
    CHECK(names.contains(std::string(name)));
  }
}

TEST_CASE("a stopped clock: nothing is issued, verified or signed, reads go on, and all of it comes back") {
  WorldWithClock it;
  TestWorld& w = it.world;
  CHECK(it.status() == "ready");
  const std::string status_list = "/status/1";
  const HeldCard card = w.take_card();
  const AskedRequest asked = w.ask(w.shop);
  const auto request = w.fetch(asked);
  const std::string form = w.answer_form(request, card);
  const Reply list = w.send_well({.target = status_list}, 200);

  it.source->set_by(24h);
  w.clock.advance(24h);
  const Reply ready = w.send_well({.target = "/readyz"}, 200);
  CHECK(ready.text("status") == "degraded");
  CHECK(ready.text("clock") == "stopped");
  CHECK(ready.json.at("clock_jumped_seconds").as_int64() == 24 * 3600);
  for (const http::Route& route : w.app->routes()) {
    INFO(route.method << " " << route.pattern);
    TestRequest sent{route.method, route.pattern, "", {}};
    for (const char* parameter : {"{id}", "{name}", "{hash}"}) {
      const std::size_t place = sent.target.find(parameter);
      if (place != std::string::npos) sent.target.replace(place, std::string(parameter).size(), kNoId);
    }
    if (!route.body_type.empty()) sent.add("Content-Type", route.body_type);
    const Reply reply = w.send(sent);
    const UntrustedClock rule = under_untrusted_clock(route.method, route.pattern);
    if (rule == UntrustedClock::stops) {
      CHECK(reply.status() == 503);
      CHECK(reply.code() == "clock_untrusted");
      CHECK(reply.response.header("Retry-After") == "60");
    } else if (rule == UntrustedClock::goes_on) {
      CHECK(reply.code() != "clock_untrusted");
    }
  }
  // With everything right but the clock, and nothing used up by asking.
  CHECK(w.send(w.answer(asked, form)).code() == "clock_untrusted");
  CHECK(w.send(w.account_request(w.holder, "DELETE", "/api/v1/account")).code() == "clock_untrusted");
  CHECK(w.send_well(w.account_request(w.holder, "GET", "/api/v1/history"), 200).json.at("events").as_array().size() >
        3);
  // What is signed for everybody is what was signed before.
  CHECK(w.send_well({.target = status_list}, 200).response.body == list.response.body);
  CHECK(w.send({.target = "/.well-known/mibun-iaca.crl"}).code() == "clock_untrusted");  // nobody had asked for it

  it.source->set_by(-24h);
  w.clock.advance(-24h);
  CHECK(it.status() == "ready");
  CHECK(w.send_well(w.answer(asked, form), 200).status() == 200);
  w.send_well({.target = "/.well-known/mibun-iaca.crl"}, 200);
}

TEST_CASE("nothing is thrown away by a clock that is off") {
  WorldWithClock it;
  TestWorld& w = it.world;
  const BegunRegistration begun = w.begin_registration();
  Device device = w.new_device();
  it.source->set_by(24h);
  w.clock.advance(24h);
  must(w.app->purge_expired());
  it.source->set_by(-24h);
  w.clock.advance(-24h);
  w.send_well(w.registration(begun, w.credential_json(begun, device)), 201);

  const BegunRegistration other = w.begin_registration();
  it.source->pass(24h);
  w.clock.advance(24h);
  must(w.app->purge_expired());  // a day that has passed is one
  w.clock.advance(-24h);
  CHECK(w.send(w.registration(other, w.credential_json(other, device))).code() == "registration_unknown");
}

TEST_CASE("a degraded clock serves, and what is written says so") {
  WorldWithClock it;
  TestWorld& w = it.world;
  it.source->discipline(1500ms);
  const Reply ready = w.send_well({.target = "/readyz"}, 200);
  CHECK(ready.text("status") == "degraded");
  CHECK(ready.text("clock") == "degraded");
  CHECK(ready.json.at("clock_error_bound_milliseconds").as_int64() == 1500);
  w.send_well(w.account_request(w.stranger, "POST", "/api/v1/proofing/cases", kOpenCase), 201);
  it.source->discipline(1ms);
  w.send_well(w.account_request(w.stranger, "POST", "/api/v1/proofing/cases", kOpenCase), 201);
  const Reply history = w.send_well(w.account_request(w.stranger, "GET", "/api/v1/history"), 200);
  const json::Array& events = history.json.at("events").as_array();
  REQUIRE(events.size() == 3);
  CHECK_FALSE(events[0].at("details").as_object().contains("clock_status"));
  CHECK(events[1].at("details").as_object().at("clock_status") == "degraded");
  CHECK_FALSE(events[2].at("details").as_object().contains("clock_status"));
}

TEST_CASE("a clock that was set back between two starts stops the second, which leaves what is remembered as it was") {
  WorldWithClock w;
  const auto reopen = [&] {
    w.world.app.reset();
    w.world.app = must(App::open(w.world.config, w.world.clock, w.world.rng));
  };
  const auto nonce = [&] { return w.world.send({.method = "POST", .target = "/oid4vci/nonce"}).status(); };
  const RememberedMoment memory(w.world.data_directory(), kClockSeen);
  CHECK(must(memory.read()) == w.source->reading.wall);  // since it was opened
  w.source->pass(10min);
  must(w.world.app->purge_expired());
  const Instant seen = w.source->reading.wall;
  CHECK(must(memory.read()) == seen);
  w.source->set_by(-5min);
  reopen();
  CHECK(nonce() == 503);
  must(w.world.app->purge_expired());
  CHECK(must(memory.read()) == seen);
  reopen();  // starting again is no way around it
  CHECK(nonce() == 503);
  w.source->set_by(5min);
  CHECK(nonce() == 200);
  reopen();
  CHECK(nonce() == 200);
  // A discipline that has held for a minute corrects what was remembered.
  w.source->set_by(-5min);
  w.source->discipline(1ms);
  reopen();
  CHECK(nonce() == 503);
  w.source->pass(60s);
  CHECK(nonce() == 200);
  must(w.world.app->purge_expired());
  CHECK(must(memory.read()) == w.source->reading.wall);
}

TEST_CASE("an operator who wants a disciplined clock gets none other") {
  OwnWorld w;
  w.app.reset();
  std::filesystem::remove(w.data_directory() + "/clock.seen");  // of the kernel's clock
  const auto source = std::make_shared<TurnedClock>(kTestNow);
  w.config.clock_source = source;
  w.config.unsynchronised_clock = UnsynchronisedClock::stops;
  w.app = must(App::open(w.config, w.clock, w.rng));
  CHECK(w.send({.method = "POST", .target = "/oid4vci/nonce"}).code() == "clock_untrusted");
  source->discipline(1ms);
  CHECK(w.send({.method = "POST", .target = "/oid4vci/nonce"}).status() == 200);
}

TEST_CASE("after a backward jump nothing is lost, doubled or out of order") {
  OwnWorld w;
  Device device = w.register_device();
  std::vector<std::string> opened;
  std::set<std::string> ids;
  const std::vector<milliseconds> steps = {1h, -1h, -24h, 1s, 48h, -72h, 0s};
  for (const milliseconds step : steps) {
    w.clock.advance(step);
    w.open_case(device);
    opened.push_back(to_jst_string(w.clock.now()));
  }
  const Reply history = w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  std::vector<std::string> told;
  for (const json::Value& event : history.json.at("events").as_array()) {
    if (event.at("kind") == "proofing_started") {
      told.emplace_back(event.at("at").as_string());
      ids.emplace(event.at("id").as_string());
    }
  }
  CHECK(told == opened);
  CHECK(ids.size() == opened.size());

  const BoundToken staff = w.token(w.akari);
  std::vector<std::string> published;
  for (const milliseconds step : {1s, -2s, -2s}) {
    w.clock.advance(step);
    const Reply reply = w.send_well(w.bound_request(staff, "POST", "/api/v1/staff/public-notices",
                                                    R"({"kind":"maintenance","ja":"本日","en":"today"})"),
                                    201);
    published.insert(published.begin(), reply.text("id"));
  }
  const Reply shown = w.send_well({.target = "/api/v1/public-notices"}, 200);
  std::vector<std::string> newest_first;
  for (const json::Value& notice : shown.json.at("notices").as_array()) {
    newest_first.emplace_back(notice.at("id").as_string());
  }
  CHECK(newest_first == published);
}

TEST_CASE("after the end of 32 bits people register, receive and share as before") {
  OwnWorld w;
  w.app.reset();
  w.config.data_directory = w.directory_.file("later");
  w.clock.set(Instant::from_unix_seconds(INT32_MAX - 5));
  w.app = must(App::open(w.config, w.clock, w.rng));
  const Device first = w.register_device();
  w.clock.advance(10s);
  Device second = w.register_device();
  const Reply account = w.send_well(w.account_request(second, "GET", "/api/v1/account"), 200);
  CHECK(account.text("created_at") == "2038-01-19T12:14:12+09:00");
  CHECK(w.send_well(w.account_request(second, "POST", "/api/v1/proofing/cases", kOpenCase), 201)
            .json.contains("case_id"));
  CHECK(w.token(w.akari).token.size() > 20);
}

}  // namespace mibun::server
