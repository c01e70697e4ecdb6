#include "cli/wallet/renewal_watch.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::cli;

namespace {

using Next = Result<std::optional<Instant>>;

// A terminal that was left open, with its clock and network in our hands.
struct LeftOpen {
  std::vector<bool> online;  // each time that is asked; at the end it stays as it was last
  std::vector<Next> rounds;  // what each round says
  ManualClock clock{kTestNow};
  std::size_t asked = 0, ran = 0;
  std::vector<milliseconds> waits;

  Status watch() {
    return watch_renewals(Terminal(Language::japanese),
                          {.is_online = [this] { return bool(online.at(std::min(asked++, online.size() - 1))); },
                           .round = [this] { return rounds.at(ran++); },
                           .wait_until =
                               [this](Instant then) {
                                 waits.push_back(then - clock.now());
                                 clock.advance(then - clock.now());
                               },
                           .clock = clock});
  }
};

using std::chrono::hours, std::chrono::minutes;

}  // namespace

TEST_CASE("rounds come when they are due, and it ends when time has nothing left to renew") {
  LeftOpen left{.online = {true}, .rounds = {kTestNow + hours(24), kTestNow + hours(30), std::optional<Instant>()}};
  CHECK(left.watch().has_value());
  CHECK(left.ran == 3);
  CHECK(left.waits == std::vector<milliseconds>{hours(24), hours(6)});
}

TEST_CASE("without a connection nobody is asked for a passphrase, and the tries become rarer, never rare") {
  LeftOpen left{.online = {false, false, false, false, false, true}, .rounds = {std::optional<Instant>()}};
  CHECK(left.watch().has_value());
  CHECK(left.ran == 1);
  CHECK(left.waits == std::vector<milliseconds>{minutes(1), minutes(5), minutes(30), minutes(30), minutes(30)});
}

TEST_CASE("a wallet that cannot be opened ends the watch") {
  LeftOpen left{.online = {true}, .rounds = {fail(ErrorCode::sealed_file_wrong_passphrase, "vault")}};
  CHECK(left.watch().error().code == ErrorCode::sealed_file_wrong_passphrase);
  CHECK(left.waits.empty());
}
