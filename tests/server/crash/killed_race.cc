#include "tests/server/crash/killed_race.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "tests/server/crash/child.h"
#include "tests/server/crash/left.h"

namespace mibun::server {
namespace {

constexpr int kRoundsPerKillMax = 10;
const std::string kGo = "go", kSuccess = "success", kRefusal = "refusal";
constexpr useconds_t kFirstLatestKill = 20'000, kLatestKillMin = 500, kLatestKillMax = 200'000;

std::unique_ptr<App> open_app(Config config, const std::string& directory, const Clock& clock, Rng& rng) {
  config.data_directory = directory;
  return must(App::open(std::move(config), clock, rng));
}

// The first life: everything at once, each answer told as soon as it is there.
[[noreturn]] void live(const TestWorld& world, const std::string& directory, const Submissions& submissions,
                       int success, int pipe) {
  crypto::SystemRng rng;
  const auto app = open_app(world.config, directory, world.clock, rng);
  send_at_once(
      *app, submissions,
      [&](std::size_t, const Reply& reply) { say(pipe, reply.status() == success ? kSuccess : kRefusal); },
      [&] { say(pipe, kGo); });
  for (;;) ::pause();
}

struct Life {
  int answers = 0, successes = 0;
};

Life live_and_kill(const TestWorld& world, const std::string& directory, const Submissions& submissions, int success,
                   useconds_t moment) {
  const Child child = run_in_child([&](int pipe) { live(world, directory, submissions, success, pipe); });
  REQUIRE(hear(child) == kGo);
  ::usleep(moment);  // the moment is the point
  kill_child(child);
  Life life;
  for (std::string said = hear(child); !said.empty(); said = hear(child)) {
    ++life.answers;
    life.successes += said == kSuccess ? 1 : 0;
  }
  std::fclose(child.said);
  return life;
}

// The second life: all of them again, one after the other, and then the one whose proofs the server never saw.
int send_again(const TestWorld& world, const std::string& directory, const Prepared& prepared, int success) {
  const ManualClock clock(world.clock.now() + std::chrono::seconds(30));
  crypto::SystemRng rng;
  const auto app = open_app(world.config, directory, clock, rng);
  const auto succeeds = [&](const TestRequest& request) { return send_to(*app, request).status() == success; };
  return static_cast<int>(std::ranges::count_if(prepared.racing, succeeds)) + (succeeds(prepared.late) ? 1 : 0);
}

// effect, half_done
std::pair<std::int64_t, std::int64_t> count(const std::string& directory, const SingleUse& one) {
  const auto database = must(database::Database::open(directory + "/mibun.db", migrations()));
  std::int64_t effect = -1, half_done = -1;
  must(database->read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const auto effects, transaction.row(one.effect));
    MIBUN_TRY(const auto halves, transaction.row(one.half_done));
    effect = effects->integer(0);
    half_done = halves->integer(0);
    return {};
  }));
  return {effect, half_done};
}

}  // namespace

KilledRaces kill_in_races(const SingleUse& one, int kills) {
  TestWorld world;
  const Prepared prepared = one.prepare(world);
  world.app.reset();  // what it leaves is copied for each round
  const std::int64_t effect_before = count(world.data_directory(), one).first;

  std::mt19937 random(20261128);
  useconds_t latest = kFirstLatestKill;
  KilledRaces races;
  for (; races.cut_off < kills && races.rounds < kRoundsPerKillMax * kills; ++races.rounds) {
    CAPTURE(std::string(one.what));
    CAPTURE(races.rounds);
    const Left left{world.directory_.file("round/data")};
    std::filesystem::create_directory(world.directory_.path() / "round");
    std::filesystem::copy(world.data_directory(), left.directory, std::filesystem::copy_options::recursive);
    const Life life =
        live_and_kill(world, left.directory, prepared.racing, one.success, static_cast<useconds_t>(random()) % latest);
    const int again = send_again(world, left.directory, prepared, one.success);
    CHECK(life.successes + again <= one.successes);
    if (one.repeated) CHECK(again >= 1);  // the late one, at the least
    const auto [effect, half_done] = count(left.directory, one);
    CHECK(effect - effect_before == 1);
    CHECK(half_done == 0);

    const bool cut_off = life.answers < static_cast<int>(kRacers);
    // Half of the kills or more shall come among the answers, on a machine that is quick or busy.
    latest = std::clamp(cut_off ? latest + latest / 4 : latest - latest / 3, kLatestKillMin, kLatestKillMax);
    races.cut_off += cut_off ? 1 : 0;
    races.before += life.successes;
    races.after += again;
    races.unanswered += one.successes - life.successes - again;
  }
  return races;
}

}  // namespace mibun::server
