#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "tests/server/killed/run.h"

// `mibun serve` killed, or without power, at any call that writes, while people register, prove, receive, share, ask,
// revoke and delete: what it acknowledged is there, nothing is half done, and it works again (docs/decisions/0047).
// tools/crash wants more runs; MIBUN_CRASH_SEED runs one again.
namespace mibun::server {
namespace {

unsigned number(const char* name, unsigned otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

Stage& stage() {
  // In memory where there is such a folder: the disk that matters is the one of the plan.
  if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  static Stage one;
  return one;
}

struct Tally {
  std::size_t runs = 0, cut_off = 0, lost = 0;
  std::chrono::milliseconds slowest{0};
  std::map<std::string, int> steps, done;
};

// A driver that does not come as far tests nothing: so many runs have to reach each of these.
constexpr unsigned kRunsThatReachAll = 200;
constexpr const char* kDeedNames[] = {"register",
                                      "prove",
                                      "decide",
                                      "receive",
                                      "inquire",
                                      "answer inquiry",
                                      "report",
                                      "history",
                                      "backup",
                                      "publish",
                                      "withdraw",
                                      "read notice",
                                      "register partner",
                                      "ask",
                                      "answer",
                                      "take",
                                      "begin move",
                                      "move",
                                      "complete move",
                                      "ask deletion",
                                      "answer deletion",
                                      "revoke",
                                      "erase",
                                      "appeal",
                                      "subscription",
                                      "push authorization",
                                      "open authorization",
                                      "approve authorization",
                                      "redeem code",
                                      "receive by code",
                                      "renew",
                                      "receive renewed",
                                      "delete card",
                                      "certify reader",
                                      "revoke reader",
                                      "ask opening",
                                      "approve opening",
                                      "hand over",
                                      "read hold"};

Tally run_many(const std::vector<Way>& ways, unsigned runs, bool must_hold) {
  Tally tally;
  const long calls = count_calls(stage());
  const unsigned first = number("MIBUN_CRASH_SEED", 0);
  for (unsigned i = 0; i < (first == 0 ? runs : 1); ++i) {
    const unsigned seed = first == 0 ? number("MIBUN_CRASH_FROM", 1) + i : first;
    const Run run = run_once(stage(), ways[seed % ways.size()], seed, calls);
    CAPTURE(seed);
    CAPTURE(run.step);
    if (must_hold) CHECK(run.wrong == "");
    ++tally.runs;
    tally.cut_off += run.cut_off ? 1 : 0;
    tally.lost += run.wrong.empty() ? 0 : 1;
    tally.slowest = std::max(tally.slowest, run.ready);
    if (!run.step.empty()) ++tally.steps[run.step];
    for (const auto& [deed, times] : run.done) tally.done[deed] += times;
  }
  MESSAGE(tally.runs, " runs, ", tally.cut_off, " cut off a request, at ", tally.steps.size(),
          " different steps of about ", calls, " calls; ", tally.lost,
          " lost something; the slowest start after it took ", tally.slowest.count(), " ms");
  std::string done;
  for (const auto& [deed, times] : tally.done) done += (done.empty() ? "" : ", ") + std::to_string(times) + " " + deed;
  MESSAGE("acknowledged: ", done);
  for (const char* deed : kDeedNames) {
    CAPTURE(deed);
    if (must_hold && tally.runs >= kRunsThatReachAll) CHECK(tally.done.contains(deed));
  }
  return tally;
}

}  // namespace

TEST_CASE("killed at any call or moment: nothing that was acknowledged is lost, nothing is half done") {
  const Tally tally =
      run_many({Way::killed_at_call, Way::killed_at_call, Way::killed_at_once}, number("MIBUN_CRASH_RUNS", 6), true);
  CHECK(tally.lost == 0);
  CHECK(tally.runs > 0);
}

TEST_CASE("without power at any call: nothing that was acknowledged is lost, nothing is half done") {
  CHECK(run_many({Way::power_lost}, number("MIBUN_CRASH_LOSSY_RUNS", 4), true).lost == 0);
}

TEST_CASE("over a disk whose fsync does nothing it is noticed: the tests above can fail") {
  CHECK(run_many({Way::lying_disk}, 3, false).lost > 0);
}

}  // namespace mibun::server
