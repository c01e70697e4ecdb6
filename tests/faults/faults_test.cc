#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/faults/rooms/room.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

// The rooms of platform that promise durability, each used by a process whose disk loses power, fails or lies at every
// call that it is asked for (docs/decisions/0047).
namespace mibun::faults {
namespace {

// One life of a child over a fresh directory, and what is left.
struct Life {
  std::string reported;  // "12 pwrite /…/rows.db-wal", "140 end"
  std::string wrong;     // empty: nothing
  long calls() const { return std::atol(reported.c_str()); }
  bool went_through() const { return reported.ends_with("end"); }
};

// In memory where there is such a folder: the disk that matters is the one of the plan.
TempDir fast_folder() {
  if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  return TempDir();
}

Life live(const Room& room, std::vector<std::string> plan) {
  const TempDir around = fast_folder();
  const std::string directory = std::filesystem::canonical(around.path()) / "disk";
  std::filesystem::create_directory(directory);
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  const std::string report = around.file("report");
  plan.insert(plan.end(),
              {"LD_PRELOAD=" MIBUN_FAULTY_DISK, "MIBUN_DISK_ROOT=" + directory, "MIBUN_DISK_REPORT=" + report});
  const ProcessResult ran = run_process({MIBUN_FAULTS_CHILD, std::string(room.name), directory},
                                        {.timeout = std::chrono::seconds(60), .environment = plan});
  Life life;
  std::ifstream in(report);
  std::getline(in, life.reported);
  if (ran.timed_out) {
    life.wrong = "it hangs";
  } else if (ran.exit_code != 0 && ran.exit_code != 128 + SIGKILL) {
    life.wrong = "it ended with " + std::to_string(ran.exit_code) + " " + ran.err;
  } else {
    life.wrong = room.what_is_wrong(directory, read_said(ran.out));
  }
  return life;
}

std::string at(const char* what, long call) {
  return "MIBUN_DISK_" + std::string(what) + "=" + std::to_string(call);
}

long calls_of(const Room& room) {
  const Life whole = live(room, {});
  REQUIRE(whole.went_through());
  REQUIRE(whole.wrong == "");
  return whole.calls();
}

// tools/crash wants every call; ./test a dozen of each room, from the first to the last.
bool every_call() {
  return std::getenv("MIBUN_FAULTS_EVERY") != nullptr;
}
constexpr long kCallsOfShortRun = 12;

template <class Check>
void at_each_call(const Check& check) {
  for (const Room* room : rooms()) {
    const long calls = calls_of(*room);
    const long stride = every_call() ? 1 : std::max(1L, calls / kCallsOfShortRun);
    long tried = 0;
    for (long call = 1; call <= calls; call += stride, ++tried) {
      CAPTURE(std::string(room->name));
      CAPTURE(call);
      check(*room, call);
    }
    MESSAGE(std::string(room->name), ": ", tried, " of ", calls, " calls");
  }
}

}  // namespace

TEST_CASE("killed at a call: what was acknowledged is there and nothing is half done") {
  at_each_call([](const Room& room, long call) {
    const Life life = live(room, {at("KILL_AT", call)});
    CAPTURE(life.reported);
    CHECK(life.wrong == "");
  });
}

TEST_CASE("the power goes at a call, and what was not synced is lost, torn or out of order") {
  at_each_call([](const Room& room, long call) {
    for (int seed = 1; seed <= (every_call() ? 6 : 2); ++seed) {
      CAPTURE(seed);
      const Life life = live(room, {at("OFF_AT", call), at("SEED", seed * 1000 + call)});
      CAPTURE(life.reported);
      CHECK(life.wrong == "");
    }
  });
}

TEST_CASE("a call fails: nothing acknowledged is lost, also when the power goes a while after") {
  at_each_call([](const Room& room, long call) {
    for (const int error : {EIO, ENOSPC}) {
      if (!every_call() && error == ENOSPC && call % 2 == 0) continue;
      const std::vector<std::string> fails{at("FAIL_AT", call), at("FAIL_WITH", error)};
      const Life life = live(room, fails);
      CAPTURE(error);
      CAPTURE(life.reported);
      CHECK(life.wrong == "");
      for (const long later : {5L, 40L, 100'000L}) {
        std::vector<std::string> and_off = fails;
        and_off.push_back(at("OFF_AT", call + later));
        and_off.push_back(at("SEED", call));
        CAPTURE(later);
        const Life after = live(room, and_off);
        CAPTURE(after.reported);
        CHECK(after.wrong == "");
      }
    }
  });
}

TEST_CASE("over a disk whose fsync does nothing each room loses something: the tests above can fail") {
  for (const Room* room : rooms()) {
    const long calls = calls_of(*room);
    int noticed = 0;
    for (long call = calls / 2; call <= calls; call += std::max(1L, calls / 20)) {
      noticed += live(*room, {at("OFF_AT", call), at("SEED", call), "MIBUN_DISK_LIES=1"}).wrong.empty() ? 0 : 1;
    }
    CAPTURE(std::string(room->name));
    CHECK(noticed > 0);
    MESSAGE(std::string(room->name), ": noticed ", noticed, " times");
  }
}

// Of the disk itself: a child of fork once waited for a lock that no thread of its own held, and its parent for it.
TEST_CASE("a program of many threads whose disk this is can start others") {
  const TempDir around = fast_folder();
  const std::string directory = std::filesystem::canonical(around.path());
  const ProcessResult ran =
      run_process({MIBUN_FAULTS_FORKER, directory, "60"},
                  {.timeout = std::chrono::minutes(2),
                   .environment = {"LD_PRELOAD=" MIBUN_FAULTY_DISK, "MIBUN_DISK_ROOT=" + directory}});
  CHECK_FALSE(ran.timed_out);
  CHECK(ran.exit_code == 0);
}

}  // namespace mibun::faults
