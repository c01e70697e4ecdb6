#include <map>
#include <set>
#include <thread>

#include "core/jose/jwk.h"
#include "platform/database/database.h"
#include "platform/database/inside_write.h"
#include "platform/log_tree/writer.h"
#include "server/migrations/migrations.h"
#include "tests/server/app/moving_world.h"
#include "tests/server/world/attested_wallet.h"
#include "tests/server/world/code_flow.h"

// Requests of the old device that are under way while its wallet moves: whatever comes between, nothing is left to the
// key that was replaced. The move is put between two steps of the request, at each place in turn where the server looks
// at its clock or asks for randomness. (tests/server/moving does it where there is no such place.)
namespace mibun::server {
namespace {

// Does something once, when the thread that is watched has passed here so often.
class Places {
 public:
  // Calls `meanwhile` at place `at` of `request`, on a thread of its own as another request would be. Whether the place
  // was there.
  bool interrupt(std::size_t at, const std::function<void()>& meanwhile, const std::function<void()>& request) {
    watched_ = std::this_thread::get_id();
    left_ = at;
    meanwhile_ = meanwhile;
    request();
    watched_ = {};
    return !std::exchange(meanwhile_, {});
  }
  void pass() {
    // No other request comes in between while this one writes the log for all that wait, or its rows: they wait for it.
    if (log_tree::LogWriter::writes_here() || database::inside_write()) return;
    if (std::this_thread::get_id() != watched_ || !meanwhile_ || left_-- > 0) return;
    std::jthread(std::exchange(meanwhile_, {})).join();
  }

 private:
  std::thread::id watched_;
  std::size_t left_ = 0;
  std::function<void()> meanwhile_;
};

class PlacedClock final : public Clock {
 public:
  PlacedClock(const Clock& clock, Places& places) : clock_(clock), places_(places) {}
  Instant now() const override {
    places_.pass();
    return clock_.now();
  }

 private:
  const Clock& clock_;
  Places& places_;
};

class PlacedRng final : public Rng {
 public:
  PlacedRng(Rng& rng, Places& places) : rng_(rng), places_(places) {}
  void fill(std::span<std::uint8_t> out) override {
    places_.pass();
    rng_.fill(out);
  }

 private:
  Rng& rng_;
  Places& places_;
};

// The world's server with such a clock and such randomness, and as it was afterwards.
struct PlacedServer {
  PlacedServer() { reopen(clock, rng); }
  ~PlacedServer() { reopen(world().clock, world().rng); }
  PlacedServer(const PlacedServer&) = delete;
  PlacedServer& operator=(const PlacedServer&) = delete;

  // What the old devices of `accounts` were left with: "3 access tokens, 1 offers"; empty as it should be.
  std::string left_to(const std::vector<std::string>& accounts) {
    static const std::map<std::string, std::string_view> kLeft{
        {"attested keys", "SELECT COUNT(*) FROM attested_keys WHERE account_id = $1"},
        {"authorizations", "SELECT COUNT(*) FROM authorizations WHERE account_id = $1 AND phase <> 'ended'"},
        {"access tokens", "SELECT COUNT(*) FROM access_tokens WHERE subject = $1"},
        {"offers", "SELECT COUNT(*) FROM offers WHERE account_id = $1 AND state = 'open'"},
        {"valid cards", "SELECT COUNT(*) FROM status_entries WHERE account_id = $1 AND value = 0"},
        {"cards on their way", "SELECT COUNT(*) FROM card_issuances WHERE account_id = $1 AND state = 'intended'"},
        {"cards that are waited for", "SELECT COUNT(*) FROM deferred_issuances WHERE account_id = $1"},
        {"browsers", "SELECT COUNT(*) FROM push_subscriptions WHERE account_id = $1"},
        {"sealed events", "SELECT COUNT(*) FROM history_events WHERE account_id = $1 AND source = 'wallet'"},
        {"lost moves", "SELECT COUNT(*) = 0 FROM moves WHERE account_id = $1 AND state = 'confirmed'"}};
    TestWorld& w = world();
    w.app.reset();  // the database is open in one place only
    std::map<std::string, std::int64_t> found;
    {
      auto database = must(database::Database::open(w.data_directory() + "/mibun.db", migrations()));
      must(database->read([&](database::Transaction& transaction) -> Status {
        for (const std::string& account : accounts) {
          for (const auto& [what, sql] : kLeft) {
            MIBUN_TRY(const auto row, transaction.row(sql, account));
            if (row->integer(0) != 0) found[what] += row->integer(0);
          }
        }
        return {};
      }));
    }
    reopen(clock, rng);
    std::string said;
    for (const auto& [what, rows] : found) said += (said.empty() ? "" : ", ") + std::to_string(rows) + " " + what;
    return said;
  }

  static void reopen(const Clock& with_clock, Rng& with_rng) {
    TestWorld& w = world();
    w.app.reset();
    w.app = must(App::open(w.config, with_clock, with_rng));
  }
  Places places;
  PlacedClock clock{world().clock, places};
  PlacedRng rng{world().rng, places};
};

// What the device asks for, right in every respect.
struct UnderWay {
  std::string what;
  RegisteredWallet::Case proven;
  int success;
  TestRequest (*make)(TestWorld& w, Move& move);
};

TestRequest credential_request(TestWorld& w, const BoundToken& token) {
  const auto key = crypto::P256PrivateKey::generate();
  const std::string proof = sign_jwt(w.key_proof(key, w.nonce()), key);
  return w.bound_request(token, "POST", "/oid4vci/credential", json::serialize(w.credential_body({proof})));
}

json::Object browser() {
  return {{"endpoint", "https://push.example/old"},
          {"p256dh", base64url::encode(crypto::P256PrivateKey::generate().public_key().point())},
          {"auth", base64url::encode(Bytes(16, 3))}};
}

using Case = RegisteredWallet::Case;
const UnderWay kUnderWay[] = {
    {"a key's attestation as a wallet", Case::approved, 201,
     [](TestWorld& w, Move& move) {
       Device& device = move.old.account;
       const auto key = crypto::P256PrivateKey::generate();
       return attestation_request(
           w, device, {{"client_id", kAttestedClient}, {"possession", possession_of(w, key, device.account_id)}});
     }},
    {"a card key's attestation", Case::approved, 201,
     [](TestWorld& w, Move& move) {
       Device& device = move.old.account;
       const auto key = crypto::P256PrivateKey::generate();
       return key_attestation_request(w, device, w.nonce(), {possession_of(w, key, device.account_id)});
     }},
    {"the yes to a wallet that signs in", Case::approved, 200,
     [](TestWorld& w, Move& move) {
       const std::string id = CodeFlow(w).authorization_id();
       return w.account_request(move.old.account, "POST", "/api/v1/authorizations/" + id + "/approval", "{}");
     }},
    {"the code of an offer", Case::approved, 200,
     [](TestWorld& w, Move& move) {
       const Offer offer = w.offer_of(move.old.account, move.old.case_id);
       const auto key = crypto::P256PrivateKey::generate();
       return w.token_request(w.code_fields(offer), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key));
     }},
    {"a card", Case::approved, 200,
     [](TestWorld& w, Move& move) {
       return credential_request(w, w.redeem(w.offer_of(move.old.account, move.old.case_id)));
     }},
    {"a card of a case that is not decided", Case::in_review, 202,
     [](TestWorld& w, Move& move) {
       return credential_request(w, w.redeem(w.early_offer_of(move.old.account, move.old.case_id)));
     }},
    {"a browser to be told of notices", Case::approved, 204,
     [](TestWorld& w, Move& move) {
       return w.account_request(move.old.account, "PUT", "/api/v1/push-subscription", json::serialize(browser()));
     }},
    {"another move", Case::approved, 201,
     [](TestWorld& w, Move& move) {
       const json::Object body{{"proof_sha256", base64url::encode(w.rng.bytes(32))},
                               {"watch_sha256", base64url::encode(w.rng.bytes(32))}};
       return w.account_request(move.old.account, "POST", "/api/v1/moves", json::serialize(body));
     }},
};

TestRequest confirmation(TestWorld& w, Move& move) {
  return w.account_request(move.old.account, "POST", "/api/v1/moves/" + move.move_id() + "/confirmation",
                           json::serialize(json::Object{{"unit_key", move.new_key()}}));
}

}  // namespace

TEST_CASE("whatever the old device had under way while its wallet moved leaves it nothing") {
  PlacedServer server;
  TestWorld& w = world();
  for (const UnderWay& one : kUnderWay) {
    CAPTURE(one.what);
    std::vector<std::string> accounts;
    std::set<int> statuses;
    bool interrupted = true;
    for (std::size_t at = 0; interrupted; ++at) {
      CAPTURE(at);
      Move move(one.proven);
      move.until_compared();
      move.old.account.counter = must(wallet::load_profile(move.old.device.store)).counter;
      const TestRequest request = one.make(w, move), confirm = confirmation(w, move);
      int confirmed = 0, status = 0;
      interrupted = server.places.interrupt(
          at, [&] { confirmed = w.send(confirm).status(); }, [&] { status = w.send(request).status(); });
      if (!interrupted) {
        CHECK(status == one.success);  // it was right, and only the move came between
        CHECK(at >= 2);
        break;
      }
      CHECK(confirmed == 200);
      CHECK((status == one.success || (status >= 400 && status < 500)));
      statuses.insert(status);
      accounts.push_back(move.old.account.account_id);
    }
    CHECK(*statuses.rbegin() >= 400);
    CHECK(server.left_to(accounts) == "");
  }
}

}  // namespace mibun::server
