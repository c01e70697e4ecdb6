#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <random>

#include "core/codecs/base64url.h"
#include "core/mdoc/holder.h"
#include "core/sd_jwt/holder.h"
#include "platform/database/database.h"
#include "platform/keyd/keyd.h"
#include "server/issuance/configurations.h"
#include "server/migrations/migrations.h"
#include "tests/server/crash/child.h"
#include "tests/server/crash/left.h"
#include "tests/server/world/test_world.h"

// kill -9 while the server works: nothing that was acknowledged is lost, and nothing half-done is left after the next
// start (docs/threat_model.md, R3).
namespace mibun::server {
namespace {

// Until a kill has come between the two commits often enough to mean something; the last number is where we give up.
constexpr int kRoundsMin = 8, kHitsWanted = 3, kRoundsMax = 60;
constexpr std::string_view kGo = "go";  // said before the request whose middle is wanted

// Kills a random moment after the request that follows `acknowledged` answers was sent; returns what was answered.
std::vector<std::string> kill_in_the_middle(Child& child, int acknowledged, std::mt19937& random,
                                            useconds_t microseconds_max) {
  std::vector<std::string> answers;
  for (;;) {
    const std::string line = hear(child);
    REQUIRE(!line.empty());
    if (line != kGo) {
      answers.push_back(line);
    } else if (static_cast<int>(answers.size()) >= acknowledged) {
      break;
    }
  }
  ::usleep(static_cast<useconds_t>(random()) % microseconds_max);  // the moment is the point
  kill_child(child);
  for (std::string line = hear(child); !line.empty(); line = hear(child)) {
    if (line != kGo) answers.push_back(line);
  }
  std::fclose(child.said);
  return answers;
}

// Starts the server once, as after a crash, and stops it.
void restart(const std::string& data_directory) {
  const ManualClock clock(kTestNow + std::chrono::minutes(1));
  crypto::SystemRng rng;
  Config config;
  config.data_directory = data_directory;
  config.public_origin = kOrigin;
  config.rp_id = kRpId;
  config.webauthn_origins = {std::string(kOrigin)};
  const auto app = App::open(std::move(config), clock, rng);
  REQUIRE_MESSAGE(app.has_value(), (app ? "" : app.error().detail));
}

std::int64_t count(database::Database& database, std::string_view sql) {
  std::int64_t found = -1;
  REQUIRE(database
              .read([&](database::Transaction& transaction) -> Status {
                MIBUN_TRY(const auto row, transaction.row(sql));
                found = row->integer(0);
                return {};
              })
              .has_value());
  return found;
}

std::unique_ptr<database::Database> open_left(const std::string& data_directory) {
  auto database = database::Database::open(data_directory + "/mibun.db", migrations());
  REQUIRE(database.has_value());
  return std::move(*database);
}

std::uint64_t status_index(std::string_view credential, bool is_mdoc) {
  if (!is_mdoc) return must(sd_jwt::HeldCredential::reopen_stored(std::string(credential))).status()->index;
  const auto held = must(mdoc::HeldMdoc::reopen_stored(must(base64url::decode(credential))));
  return held.status()->status_list->index;
}

// Cards of both formats, one after the other.
[[noreturn]] void issue_for_ever(int pipe) {
  TestWorld world;
  int round = 0;
  say(pipe, world.data_directory());
  for (;;) {
    const BoundToken token = world.holder_token();
    const std::string nonce = world.nonce();
    std::vector<std::string> proofs;
    for (int copy = 0; copy < 10; ++copy) {
      const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
      proofs.push_back(sign_jwt(world.key_proof(key, nonce), key));
    }
    const bool is_mdoc = (round++ % 2) == 1;
    json::Object body = world.credential_body(proofs);
    if (is_mdoc) body["credential_configuration_id"] = kPhotoIdConfiguration;
    const auto request = world.bound_request(token, "POST", "/oid4vci/credential", json::serialize(body));
    say(pipe, std::string(kGo));
    const auto reply = world.send_well(request, 200);
    const auto& credentials = reply.json.at("credentials").as_array();
    const auto& text = credentials.at(0).as_object().at("credential").as_string();
    say(pipe, std::to_string(status_index({text.data(), text.size()}, is_mdoc)));
  }
}

[[noreturn]] void delete_for_ever(int pipe) {
  TestWorld world;
  say(pipe, world.data_directory());
  for (;;) {
    Device device = world.register_device();
    const auto request = world.account_request(device, "DELETE", "/api/v1/account");
    say(pipe, std::string(kGo));
    world.send_well(request, 200);
    say(pipe, device.account_id);
  }
}

}  // namespace

TEST_CASE("killed while issuing: what was handed out is valid, what was cut off is revoked") {
  std::mt19937 random(20261123);
  std::int64_t abandoned = 0;
  int round = 0;
  for (; round < kRoundsMin || (abandoned < kHitsWanted && round < kRoundsMax); ++round) {
    CAPTURE(round);
    Child child = run_in_child(issue_for_ever);
    const Left left{hear(child)};
    REQUIRE(!left.directory.empty());
    const auto indexes = kill_in_the_middle(child, round % 3, random, 60'000);

    restart(left.directory);
    const auto database = open_left(left.directory);
    for (const std::string& index : indexes) {
      CAPTURE(index);
      CHECK(count(*database,
                  "SELECT COUNT(*) FROM status_entries JOIN card_issuances USING (issuance_id) WHERE state = "
                  "'issued' AND value = 0 AND idx = " +
                      index) == 1);
    }
    CHECK(count(*database, "SELECT COUNT(*) FROM card_issuances WHERE state = 'intended'") == 0);
    CHECK(count(*database, "SELECT COUNT(*) FROM deferred_issuances WHERE state = 'issuing'") == 0);
    CHECK(count(*database,
                "SELECT COUNT(*) FROM status_entries JOIN card_issuances USING (issuance_id) WHERE state = "
                "'abandoned' AND value = 0") == 0);
    abandoned += count(*database, "SELECT COUNT(*) FROM card_issuances WHERE state = 'abandoned'");
  }
  CHECK(abandoned >= kHitsWanted);
  MESSAGE(abandoned, " of ", round, " kills came between intent and record");
}

TEST_CASE("killed while erasing: the next start ends it, with the key gone and one receipt") {
  std::mt19937 random(20261124);
  std::int64_t resumed = 0;
  int round = 0;
  for (; round < kRoundsMin || (resumed < kHitsWanted && round < kRoundsMax); ++round) {
    CAPTURE(round);
    Child child = run_in_child(delete_for_ever);
    const Left left{hear(child)};
    REQUIRE(!left.directory.empty());
    const auto accounts = kill_in_the_middle(child, round % 3, random, 20'000);
    {
      const auto before = open_left(left.directory);
      resumed += count(*before, "SELECT COUNT(*) FROM erasures WHERE finished_at IS NULL");
    }
    restart(left.directory);
    const auto database = open_left(left.directory);
    CHECK(count(*database, "SELECT COUNT(*) FROM erasures WHERE finished_at IS NULL OR receipt IS NULL") == 0);
    CHECK(count(*database, "SELECT COUNT(*) FROM erasures") == count(*database,
                                                                     "SELECT COUNT(*) FROM accounts WHERE "
                                                                     "state = 'erased'"));
    CHECK(count(*database,
                "SELECT COUNT(*) FROM history_events JOIN accounts USING (account_id) WHERE state = "
                "'erased'") == 0);
    crypto::SystemRng rng;
    const auto keys = keyd::open_embedded_key_holder(left.directory + "/keyd", rng);
    REQUIRE(keys.has_value());
    for (const std::string& account : accounts) {
      const auto has_key = (*keys)->has_person_key({account});
      REQUIRE(has_key.has_value());
      CHECK(!*has_key);
    }
  }
  CHECK(resumed >= kHitsWanted);
  MESSAGE(resumed, " of ", round, " kills came in the middle of an erasure");
}

}  // namespace mibun::server
