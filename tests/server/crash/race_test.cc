#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <barrier>
#include <functional>
#include <random>
#include <thread>

#include "core/codecs/base64url.h"
#include "platform/database/database.h"
#include "platform/files/files.h"
#include "server/migrations/migrations.h"
#include "tests/server/app/test_world.h"
#include "tests/server/crash/left.h"

// 64 submissions of something that may be used once, and the server killed in the middle of them: of the submissions
// before the kill and the same ones sent again after the next start, at most one succeeds, and what was cut off is
// whole or not there (docs/threat_model.md, R3).
namespace mibun::server {
namespace {

constexpr std::size_t kRacers = 64;
constexpr std::size_t kSubmissionsBytesMax = 4 * 1024 * 1024;
constexpr int kRoundsWanted = 4;  // with a kill before the last answer; tools/races makes more of them
constexpr useconds_t kLatestKill = 40'000;

using Submissions = std::vector<TestRequest>;

struct Race {
  std::string_view what;
  std::function<Submissions(TestWorld&)> prepare;
  int success;
  // Counts what may not be there after the kill: an effect without its mark, or a mark without its effect.
  std::string_view half_state;
};

json::Array to_json(const Submissions& submissions) {
  json::Array list;
  for (const TestRequest& request : submissions) {
    json::Array headers;
    for (const HttpHeader& header : request.headers) headers.push_back(json::Array{header.name, header.value});
    list.push_back(json::Object{
        {"method", request.method}, {"target", request.target}, {"body", request.body}, {"headers", headers}});
  }
  return list;
}

std::string text_of(const json::Value& value) {
  const auto& text = value.as_string();
  return {text.data(), text.size()};
}

Submissions from_json(std::string_view text) {
  Submissions submissions;
  const json::Value list = must(json::parse(text, {.bytes_max = kSubmissionsBytesMax, .values_max = 100'000}));
  for (const json::Value& one : list.as_array()) {
    TestRequest request{text_of(one.at("method")), text_of(one.at("target")), text_of(one.at("body")), {}};
    for (const json::Value& header : one.at("headers").as_array()) {
      request.add(text_of(header.at(0)), text_of(header.at(1)));
    }
    submissions.push_back(std::move(request));
  }
  return submissions;
}

void say(int pipe, std::string_view line) {
  const std::string text = std::string(line) + "\n";
  if (::write(pipe, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(2);
}

// The server's first life: gets ready, hands over what it will send, and then sends everything at once. Each success is
// told as soon as it is answered.
[[noreturn]] void live(const Race& race, int pipe) {
  TestWorld world;
  const Submissions submissions = race.prepare(world);
  const std::string file = world.data_directory() + "/submissions.json";
  if (!files::write_file_atomic(file, to_bytes(json::serialize(to_json(submissions))))) ::_exit(3);
  say(pipe, world.data_directory());
  std::barrier start(static_cast<std::ptrdiff_t>(submissions.size()), [pipe]() noexcept { say(pipe, "go"); });
  std::vector<std::thread> racers;
  for (const TestRequest& request : submissions) {
    racers.emplace_back([&] {
      start.arrive_and_wait();
      if (world.send(request).status() == race.success) say(pipe, "success");
    });
  }
  for (std::thread& racer : racers) racer.join();
  say(pipe, "end");
  for (;;) ::pause();
}

// What the first life said, and what it left.
struct Life {
  std::string directory;
  int successes = 0;
  bool was_cut_off = true;
};

std::string hear(FILE* said) {
  char line[512];
  if (std::fgets(line, sizeof line, said) == nullptr) return {};
  std::string text(line);
  text.pop_back();
  return text;
}

Life live_and_kill(const Race& race, useconds_t moment) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::close(ends[0]);
    try {
      live(race, ends[1]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  FILE* const said = ::fdopen(ends[0], "r");
  Life life;
  life.directory = hear(said);
  REQUIRE(!life.directory.empty());
  REQUIRE(hear(said) == "go");
  ::usleep(moment);  // the moment is the point
  ::kill(pid, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  REQUIRE(WIFSIGNALED(status));
  for (std::string line = hear(said); !line.empty(); line = hear(said)) {
    if (line == "success") ++life.successes;
    if (line == "end") life.was_cut_off = false;
  }
  std::fclose(said);
  return life;
}

std::unique_ptr<App> second_life(const std::string& data_directory, const Clock& clock, Rng& rng) {
  Config config;
  config.data_directory = data_directory;
  config.public_origin = kOrigin;
  config.rp_id = kRpId;
  config.webauthn_origins = {std::string(kOrigin)};
  return must(App::open(std::move(config), clock, rng));
}

int send_again(const std::string& data_directory, const Submissions& submissions, int success) {
  const ManualClock clock(kTestNow + std::chrono::seconds(30));
  crypto::SystemRng rng;
  const auto app = second_life(data_directory, clock, rng);
  int successes = 0;
  for (const TestRequest& request : submissions) successes += send_to(*app, request).status() == success ? 1 : 0;
  return successes;
}

std::int64_t count(const std::string& data_directory, std::string_view sql) {
  const auto database = must(database::Database::open(data_directory + "/mibun.db", migrations()));
  std::int64_t found = -1;
  REQUIRE(database
              ->read([&](database::Transaction& transaction) -> Status {
                MIBUN_TRY(const auto row, transaction.row(sql));
                found = row->integer(0);
                return {};
              })
              .has_value());
  return found;
}

void check_race(const Race& race) {
  std::mt19937 random(20261128);
  int cut_off = 0, before = 0, after = 0, rounds = 0;
  for (; cut_off < kRoundsWanted && rounds < 10 * kRoundsWanted; ++rounds) {
    CAPTURE(rounds);
    const Life life = live_and_kill(race, static_cast<useconds_t>(random()) % kLatestKill);
    const Left left{life.directory};
    const Bytes text = must(files::read_file(life.directory + "/submissions.json", kSubmissionsBytesMax));
    CHECK(life.successes <= 1);
    const int again = send_again(life.directory, from_json(as_text(text)), race.success);
    CHECK(life.successes + again <= 1);
    CHECK(count(life.directory, race.half_state) == 0);
    cut_off += life.was_cut_off ? 1 : 0;
    before += life.successes;
    after += again;
  }
  CHECK(cut_off >= kRoundsWanted);
  MESSAGE(std::string(race.what), ": ", cut_off, " of ", rounds, " kills came before the last answer; ", before,
          " succeeded before it, ", after, " after the next start");
}

Submissions redemptions(TestWorld& w, const Offer& offer) {
  Submissions submissions;
  for (std::size_t i = 0; i < kRacers; ++i) {
    const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
    submissions.push_back(
        w.token_request(w.code_fields(offer), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key)));
  }
  return submissions;
}

}  // namespace

TEST_CASE("killed while 64 redeem one pre-authorized code: one token over both lives") {
  check_race({.what = "pre-authorized code",
              .prepare = [](TestWorld& w) { return redemptions(w, w.fresh_offer()); },
              .success = 200,
              .half_state = "SELECT COUNT(*) FROM offers WHERE (state = 'redeemed') <> (offer_id IN (SELECT context "
                            "FROM access_tokens WHERE context <> ''))"});
}

TEST_CASE("killed while 64 use one c_nonce: one batch over both lives, none half done") {
  check_race({.what = "c_nonce",
              .prepare =
                  [](TestWorld& w) {
                    const BoundToken token = w.holder_token();
                    const std::string nonce = w.nonce();
                    Submissions submissions;
                    for (std::size_t i = 0; i < kRacers; ++i) {
                      const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
                      const auto proof = sign_jwt(w.key_proof(key, nonce), key);
                      submissions.push_back(w.bound_request(token, "POST", "/oid4vci/credential",
                                                            json::serialize(w.credential_body({proof}))));
                    }
                    return submissions;
                  },
              .success = 200,
              .half_state = "SELECT COUNT(*) FROM card_issuances WHERE state = 'intended'"});
}

TEST_CASE("killed while 64 answer one presentation request: taken once over both lives, with its receipt") {
  check_race({.what = "presentation response",
              .prepare =
                  [](TestWorld& w) {
                    const HeldCard card = w.take_card();
                    const AskedRequest asked = w.ask(w.shop);
                    return Submissions(kRacers, w.answer(asked, w.answer_form(w.fetch(asked), card)));
                  },
              .success = 200,
              .half_state = "SELECT COUNT(*) FROM presentation_requests WHERE (state = 'answered') <> (result IS NOT "
                            "NULL) OR (state = 'answered') <> (receipt IS NOT NULL)"});
}

TEST_CASE("killed while 64 take one result: handed over once over both lives, and gone with it") {
  check_race({.what = "result",
              .prepare =
                  [](TestWorld& w) {
                    const auto [asked, response_code] = w.answered();
                    const json::Object claim = w.claim(asked.session_secret, response_code);
                    Submissions submissions;
                    for (std::size_t i = 0; i < kRacers; ++i) submissions.push_back(w.take(w.shop, asked.id, claim));
                    return submissions;
                  },
              .success = 200,
              .half_state = "SELECT COUNT(*) FROM presentation_requests WHERE (state = 'delivered') = (result IS NOT "
                            "NULL)"});
}

TEST_CASE("killed while 64 use one DPoP proof or one client assertion: one is let in over both lives") {
  check_race({.what = "DPoP jti",
              .prepare =
                  [](TestWorld& w) {
                    const AskedRequest asked = w.ask(w.shop);
                    return Submissions(kRacers,
                                       w.bound_request(w.token(w.shop), "GET", "/api/v1/partner/requests/" + asked.id));
                  },
              .success = 200,
              .half_state = "SELECT 0"});
  check_race({.what = "client assertion jti",
              .prepare =
                  [](TestWorld& w) {
                    const std::string assertion = sign_jwt(w.client_assertion(w.shop), *w.shop.key);
                    Submissions submissions;
                    for (std::size_t i = 0; i < kRacers; ++i) {
                      submissions.push_back(w.client_credentials(w.shop, assertion));
                    }
                    return submissions;
                  },
              .success = 200,
              .half_state = "SELECT 0"});
}

TEST_CASE("killed while 64 guess one tx_code: never more than five are compared over both lives") {
  check_race({.what = "tx_code",
              .prepare =
                  [](TestWorld& w) {
                    Offer wrong = w.fresh_offer();
                    wrong.tx_code[0] = wrong.tx_code[0] == '0' ? '1' : '0';
                    return redemptions(w, wrong);
                  },
              .success = 200,
              .half_state = "SELECT COUNT(*) FROM offers WHERE tries > 5 OR (tries = 5) <> (state = 'locked')"});
}

TEST_CASE("killed while 64 use one WebAuthn assertion, or make one registration: once over both lives") {
  check_race(
      {.what = "WebAuthn challenge",
       .prepare =
           [](TestWorld& w) { return Submissions(kRacers, w.account_request(w.holder, "GET", "/api/v1/account")); },
       .success = 200,
       .half_state = "SELECT 0"});
  check_race({.what = "registration",
              .prepare =
                  [](TestWorld& w) {
                    const auto begun = w.begin_registration();
                    const auto device = w.new_device();
                    return Submissions(kRacers, w.registration(begun, w.credential_json(begun, device)));
                  },
              .success = 201,
              .half_state =
                  "SELECT COUNT(*) FROM accounts WHERE credential_id_lookup IN (SELECT credential_id_lookup FROM "
                  "accounts GROUP BY credential_id_lookup HAVING COUNT(*) > 1)"});
}

}  // namespace mibun::server
