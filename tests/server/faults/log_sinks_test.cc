#include <doctest/doctest.h>

#include <filesystem>
#include <thread>

#include "tests/server/faults/mounts.h"
#include "tests/server/faults/served.h"
#include "tests/support/process.h"

// The two places of the log of operations: one gone, the other gone as well, and back again.
namespace mibun::server {
namespace {

using namespace std::chrono_literals;

constexpr auto kHousekeepingAndMore = 100s;  // the server looks after a place that failed each minute

struct Sinks {
  explicit Sinks(const Served& served)
      : a(served.data.directory + "/log-tree/a"), b(served.data.directory + "/log-tree/b") {}
  const std::string a, b;
};

void take_away(const std::string& folder) {
  std::filesystem::rename(folder, folder + ".away");
}
void bring_back(const std::string& folder) {
  std::filesystem::remove_all(folder);  // what may have been begun in its place
  std::filesystem::rename(folder + ".away", folder);
}

std::string log_health() {
  return ready().text("log");
}

bool goes_on_degraded() {
  return begin_registration().status() == 201 && log_health() == "degraded";
}

std::size_t times_opened_whole(const Served& served) {
  const std::string events = served.event_log();
  std::size_t count = 0;
  for (std::size_t at = events.find("log_opened_anew"); at != std::string::npos;
       at = events.find("log_opened_anew", at + 1)) {
    const std::string line = events.substr(at, events.find('\n', at) - at);
    count += line.find("true") != std::string::npos ? 1 : 0;
  }
  return count;
}

// Brings a place back, and says whether it was brought up and is used again, by itself.
bool is_used_again(const Served& served, const std::string& folder) {
  const std::size_t before = times_opened_whole(served);
  bring_back(folder);
  return comes_true(
      [&] {
        std::this_thread::sleep_for(300ms);
        // Something is written, so that a place which is another folder than before is noticed.
        return begin_registration().status() == 201 && times_opened_whole(served) > before && log_health() == "whole";
      },
      kHousekeepingAndMore);
}

// What an auditor says of a place, with the public key alone, while nobody writes.
void check_log(const Served& served, const std::string& folder) {
  const auto checked = run_process(
      {MIBUN_PROGRAM, "--lang", "en", "check", "log", folder, "--key", served.data.directory + "/keys/log.vkey"});
  CAPTURE(folder);
  CAPTURE(checked.out);
  CAPTURE(checked.err);
  CHECK(checked.exit_code == 0);
}

void check_both_whole(Served& served) {
  const Sinks sinks(served);
  check_whole_and_stop(served);
  check_log(served, sinks.a);
  check_log(served, sinks.b);
}

}  // namespace

TEST_CASE("one place of the log is removed: the other goes on and it is said; back, it is brought up and used again") {
  Served served({.has_our_disk = false});
  const Sinks sinks(served);
  CHECK(log_health() == "whole");
  take_away(sinks.a);
  CHECK(comes_true(goes_on_degraded));
  CHECK(ready().status() == 200);
  CHECK(served.event_log().find("log_sink_failed") != std::string::npos);
  const std::string metrics = stage().world().send({.target = "/metrics"}).response.body;
  CHECK(metrics.find("mibun_state{what=\"log_health\"} 1") != std::string::npos);
  for (int i = 0; i < 5; ++i) CHECK(begin_registration().status() == 201);
  CHECK(is_used_again(served, sinks.a));
  check_both_whole(served);
}

TEST_CASE("both places are removed: what changes something is refused, reads go on; back, it goes on by itself") {
  Served served({.has_our_disk = false});
  const Sinks sinks(served);
  take_away(sinks.a);
  take_away(sinks.b);
  CHECK(comes_true([] { return begin_registration().status() == 503; }));
  for (int i = 0; i < 3; ++i) check_refused(begin_registration(), "log_unavailable");
  CHECK(log_health() == "refusing");
  CHECK(ready().status() == 503);
  check_reads_go_on();
  CHECK(stage().world().send({.target = "/log/checkpoint"}).status() == 200);
  bring_back(sinks.b);
  CHECK(works_again());  // one is enough, and the other is begun anew from it
  CHECK(is_used_again(served, sinks.a));
  check_both_whole(served);
}

TEST_CASE("a place that takes no changes: the other goes on, and it is brought up when it is writable again") {
  const OwnMounts mounts;
  if (!mounts.may_mount()) {
    MESSAGE("not run: this user may not mount here");
    return;
  }
  Served served({.has_our_disk = false});
  const Sinks sinks(served);
  REQUIRE(mounts.make_read_only(sinks.b));
  CHECK(comes_true(goes_on_degraded));
  REQUIRE(mounts.unmount(sinks.b));
  CHECK(comes_true([] { return log_health() == "whole"; }, kHousekeepingAndMore));
  check_both_whole(served);
}

}  // namespace mibun::server
