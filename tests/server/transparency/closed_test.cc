#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "tests/server/transparency/gone_place.h"
#include "tests/server/transparency/logged_world.h"

// A log that takes nothing: nothing is done, and what is public can be read.
namespace mibun::server {
namespace {

std::string health(TestWorld& w, int status) {
  return w.send_well({.target = "/readyz"}, status).text("log");
}

bool metrics_say(TestWorld& w, const std::string& line) {
  return w.send_well({.target = "/metrics"}, 200).response.body.find(line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("with one place gone everything goes on and health says so; at the next start both are alike") {
  TestWorld& w = logged_world();
  CHECK(health(w, 200) == "whole");
  CHECK(metrics_say(w, R"(mibun_state{what="log_health"} 0)"));
  {
    const GonePlace gone(w.data_directory() + "/log-tree/b");
    w.register_device();
    CHECK(health(w, 200) == "degraded");
    CHECK(metrics_say(w, R"(mibun_state{what="log_health"} 1)"));
    // A server that starts without the place is as well off.
    w.app.reset();
    CHECK(read_log(w.data_directory(), "a").open_intents == 0);
    w.app = must(App::open(w.config, w.clock, w.rng));
    w.register_device();
    CHECK(health(w, 200) == "degraded");
    w.app.reset();
  }
  CHECK(read_log(w.data_directory(), "b").head.size < read_log(w.data_directory(), "a").head.size);
  w.app = must(App::open(w.config, w.clock, w.rng));
  stop_and_read(w);  // throws when they differ
  CHECK(health(w, 200) == "whole");
}

TEST_CASE("with no place left nothing is done, and what is public and signed is served") {
  TestWorld& w = logged_world();
  const BegunRegistration begun = w.begin_registration();
  Device device = w.new_device();
  const TestRequest registration = w.registration(begun, w.credential_json(begun, device));
  const TestRequest by_staff = w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases");
  w.app.reset();
  const std::uint64_t size = read_log(w.data_directory(), "a").head.size;
  w.app = must(App::open(w.config, w.clock, w.rng));
  {
    const GonePlace a(w.data_directory() + "/log-tree/a"), b(w.data_directory() + "/log-tree/b");
    for (int i = 0; i < 3; ++i) {
      const Reply refused = w.send(registration);
      CHECK(refused.status() == 503);
      CHECK(refused.code() == "log_unavailable");
      CHECK(refused.response.header("Retry-After").has_value());
    }
    // Reading about a person is doing something.
    CHECK(w.send(by_staff).code() == "log_unavailable");
    CHECK(w.send(w.account_request(w.holder, "DELETE", "/api/v1/account")).code() == "log_unavailable");
    CHECK(health(w, 503) == "refusing");
    CHECK(metrics_say(w, R"(mibun_state{what="log_health"} 2)"));
    for (const char* target : {"/healthz", "/.well-known/mibun-trust.json", "/.well-known/openid-credential-issuer",
                               "/.well-known/mibun-iaca.crl", "/log/checkpoint", "/openapi.json"}) {
      INFO(target);
      CHECK(w.send({.target = target}).status() == 200);
    }
    const auto listed = must(json::parse_object(w.send({.target = "/.well-known/mibun-trust.json"}).response.body));
    CHECK(listed.contains("log"));
    CHECK(w.send(w.account_request(w.holder, "GET", "/api/v1/account")).status() == 200);
    w.app.reset();
  }
  w.app = must(App::open(w.config, w.clock, w.rng));
  // No handler ran: what was begun before can be finished now, and the account was not erased.
  CHECK(w.send(registration).status() == 201);
  CHECK(w.send(w.account_request(w.holder, "GET", "/api/v1/account")).status() == 200);
  const KeptLog log = stop_and_read(w);
  CHECK(log.open_intents == 0);
  CHECK(log.head.size > size);
}

TEST_CASE("a place that comes back is brought up without a restart") {
  TestWorld& w = logged_world();
  {
    const GonePlace gone(w.data_directory() + "/log-tree/a");
    w.register_device();
    must(w.app->purge_expired());
    CHECK(health(w, 200) == "degraded");
  }
  must(w.app->purge_expired());
  CHECK(health(w, 200) == "whole");
  stop_and_read(w);
}

TEST_CASE("status lists are served while the log takes nothing") {
  TestWorld& w = logged_world();
  const HeldCard card = w.take_card();
  const std::string payload = card.text.substr(card.text.find('.') + 1);
  const json::Object claims =
      must(json::parse_object(as_text(must(base64url::decode(payload.substr(0, payload.find('.')))))));
  const std::string uri(claims.at("status").as_object().at("status_list").as_object().at("uri").as_string());
  {
    const GonePlace a(w.data_directory() + "/log-tree/a"), b(w.data_directory() + "/log-tree/b");
    CHECK(w.send(w.json_request("POST", "/api/v1/registrations", {})).code() == "log_unavailable");
    CHECK(w.send({.target = uri.substr(kOrigin.size())}).status() == 200);
    w.app.reset();
  }
  w.app = must(App::open(w.config, w.clock, w.rng));
}

}  // namespace mibun::server
