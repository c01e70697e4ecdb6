#include <doctest/doctest.h>

#include "server/migrations/migrations.h"
#include "server/registration/service.h"
#include "tests/server/app/row.h"
#include "tests/server/world/own_world.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/steps/steps.h"

// Terms that came after those that a person accepted: accepted again, and kept with the account and in its history.
namespace mibun::server {
namespace {

constexpr std::string_view kFormer = "2025-04-01";

// As an account is that was registered under them.
void registered_under_former_terms(OwnWorld& w, const Device& device) {
  w.app.reset();
  {
    const auto database = must(database::Database::open(w.data_directory() + "/mibun.db", migrations()));
    REQUIRE(database->write([&](database::Transaction& transaction) -> Status {
      MIBUN_CHECK(
          transaction.run("UPDATE accounts SET terms_version = $1 WHERE account_id = $2", kFormer, device.account_id));
      return {};
    }));
  }
  w.app = must(App::open(w.config, w.clock, w.rng));
}

Reply accept(TestWorld& w, Device& device, std::string_view version) {
  return w.send(w.account_request(device, "POST", "/api/v1/account/terms",
                                  json::serialize(json::Object{{"terms_version", version}})));
}

std::string accepted(TestWorld& w, Device& device) {
  return w.send_well(w.account_request(device, "GET", "/api/v1/account"), 200).text("terms_version");
}

json::Array terms_events(TestWorld& w, Device& device) {
  const Reply reply = w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  json::Array found;
  for (const json::Value& event : reply.json.at("events").as_array()) {
    const json::Value* kind = event.as_object().if_contains("kind");
    if (kind != nullptr && *kind == json::Value("terms_accepted")) found.push_back(event);
  }
  return found;
}

}  // namespace

TEST_CASE("who registered under former terms accepts those in force, and no others") {
  OwnWorld w;
  Device device = w.register_device(), other = w.register_device();
  registered_under_former_terms(w, device);
  for (const std::string_view version : {kFormer, std::string_view("2099-01-01"), std::string_view()}) {
    const Reply refused = accept(w, device, version);
    CHECK(refused.status() == 400);
    CHECK(refused.code() == "terms_not_accepted");
  }
  CHECK(accepted(w, device) == kFormer);
  CHECK(terms_events(w, device).empty());

  const Reply kept = accept(w, device, kTermsVersion);
  REQUIRE(kept.status() == 200);
  CHECK(kept.text("accepted_at") == to_jst_string(w.clock.now()));
  CHECK(accepted(w, device) == kTermsVersion);
  const json::Array events = terms_events(w, device);
  REQUIRE(events.size() == 1);
  CHECK(events[0].at("details").at("terms_version") == json::Value(kTermsVersion));
  CHECK(terms_events(w, other).empty());
}

TEST_CASE("the wallet keeps which terms its person accepted, and only once the server has it") {
  RegisteredWallet own(RegisteredWallet::Case::in_review);
  own.profile.terms_version = kFormer;
  must(wallet::save_profile(own.device.store, own.profile));
  wallet::Steps steps(own.device.host);
  const auto known = [&] { return std::string(must(steps.run("state", {})).at("terms_version").as_string()); };
  CHECK(known() == kFormer);
  const auto refused = steps.run("accept_terms", {{"terms_version", kFormer}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::wallet_server_refused);
  own.device.holder.present = false;
  own.wait(seconds(60));
  CHECK(steps.run("accept_terms", {{"terms_version", kTermsVersion}}).error().code ==
        ErrorCode::wallet_user_verification_failed);
  CHECK(known() == kFormer);
  own.device.holder.present = true;
  REQUIRE(steps.run("accept_terms", {{"terms_version", kTermsVersion}}));
  CHECK(known() == kTermsVersion);
  wallet::Steps later(own.device.host);
  CHECK(must(later.run("state", {})).at("terms_version") == json::Value(kTermsVersion));
}

}  // namespace mibun::server
