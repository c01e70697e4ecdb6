#include <doctest/doctest.h>

#include <cstdlib>

#include "tests/server/crash/killed_race.h"

namespace mibun::server {
namespace {

// tools/races wants more of them.
int kills_wanted() {
  const char* text = std::getenv("MIBUN_KILLS");
  return text == nullptr ? 4 : std::atoi(text);
}

void check(const SingleUse& one) {
  const KilledRaces races = kill_in_races(one, kills_wanted());
  CHECK(races.cut_off >= kills_wanted());
  MESSAGE(std::string(one.what), ": ", races.cut_off, " of ", races.rounds, " kills came before the last answer; ",
          races.before, " succeeded before it, ", races.after, " after the next start, ", races.unanswered,
          " took effect without an answer");
}

}  // namespace

TEST_CASE("killed while 64 use what may be used once: once over both lives, and nothing half done") {
  for (const SingleUse* one : single_use::all()) {
    SUBCASE(std::string(one->what).c_str()) {
      check(*one);
    }
  }
}

}  // namespace mibun::server
