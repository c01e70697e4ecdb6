#include <doctest/doctest.h>
#include <sys/timex.h>

#include <filesystem>

#include "tests/server/faults/served.h"
#include "tests/server/faults/turned_clock.h"
#include "tests/support/process.h"

// The machine's clock goes wrong under a running `mibun serve` (docs/decisions/0050).
namespace mibun::server {
namespace {

using namespace std::chrono_literals;

struct ServedWithClock {
  TurnedMachineClock clock{stage().world().directory_.file("clock.page")};
  Served served{ServedOptions{.environment = clock.environment(), .has_our_disk = false}};
};

// Good until a time, so not handed out by a clock that is off.
Reply nonce() {
  return stage().world().send({.method = "POST", .target = "/oid4vci/nonce"});
}

void check_stopped(std::chrono::seconds jumped) {
  check_refused(nonce(), "clock_untrusted");
  const Reply state = ready();
  CHECK(state.status() == 200);
  CHECK(state.text("status") == "degraded");
  CHECK(state.text("clock") == "stopped");
  CHECK(std::chrono::abs(std::chrono::seconds(state.json.at("clock_jumped_seconds").as_int64()) - jumped) <= 2s);
  check_reads_go_on();
  CHECK(begin_registration().status() == 201);  // no date is vouched for, and its place in the log is not by time
}

void check_good() {
  CHECK(nonce().status() == 200);
  CHECK(ready().text("status") == "ready");
}

void check_log_is_whole(const Served& served) {
  const auto checked =
      run_process({MIBUN_PROGRAM, "--lang", "en", "check", "log", served.data.directory + "/log-tree/a", "--key",
                   served.data.directory + "/keys/log.vkey"});
  CAPTURE(checked.out);
  CHECK(checked.exit_code == 0);
}

}  // namespace

TEST_CASE("the clock is set by an hour or a day, either way: nothing is issued until it is right, and order stays") {
  ServedWithClock it;
  check_good();
  for (const std::chrono::seconds step : {3600s, -3600s, 86'400s, -86'400s}) {
    CAPTURE(step.count());
    it.clock.set_by(step);
    check_stopped(step);
    it.clock.set_by(0s);
    check_good();
  }
  CHECK(it.served.event_log().find("clock_status_changed") != std::string::npos);
  check_whole_and_stop(it.served);
  check_log_is_whole(it.served);  // its records' times went back and forth, its order did not
}

TEST_CASE("a step of thirty seconds is still believed, and one of thirty-one is not") {
  ServedWithClock it;
  for (const int sign : {1, -1}) {
    it.clock.set_by(29s * sign);
    check_good();
    it.clock.set_by(31s * sign);
    check_refused(nonce(), "clock_untrusted");
    it.clock.set_by(0s);
    check_good();
  }
  CHECK(it.served.server->stop() == 0);
}

TEST_CASE("a step that the clock's discipline confirms for a minute was a correction, and is believed") {
  ServedWithClock it;
  it.clock.discipline(TIME_OK, 2ms);
  check_good();
  it.clock.set_by(1h);
  check_stopped(1h);
  it.clock.set_by(1h + 58s);
  it.clock.pass(58s);
  check_stopped(1h);
  it.clock.set_by(1h + 62s);
  it.clock.pass(4s);
  check_good();
  CHECK(it.served.server->stop() == 0);
}

TEST_CASE("the clock stands still: after half a minute nothing is issued, until it goes and is right") {
  ServedWithClock it;
  it.clock.freeze();
  check_good();
  it.clock.pass(40s);
  check_stopped(-40s);
  it.clock.set_by(40s);
  it.clock.go_on();
  check_good();
  CHECK(it.served.server->stop() == 0);
}

TEST_CASE("a clock that drifts off: told over a second, stopped over thirty, and good again") {
  ServedWithClock it;
  struct Row {
    std::chrono::microseconds bound;
    const char *clock, *status;
    int nonce;
  };
  for (const Row& row : {Row{50ms, "healthy", "ready", 200}, Row{1s, "uncertain", "ready", 200},
                         Row{1001ms, "degraded", "degraded", 200}, Row{30s, "degraded", "degraded", 200},
                         Row{30'001ms, "stopped", "degraded", 503}, Row{10ms, "healthy", "ready", 200}}) {
    CAPTURE(row.bound.count());
    it.clock.discipline(TIME_OK, row.bound);
    CHECK(ready().text("clock") == row.clock);
    CHECK(ready().text("status") == row.status);
    CHECK(nonce().status() == row.nonce);
  }
  CHECK(it.served.server->stop() == 0);
}

TEST_CASE("a leap second, before, in it and after: nothing stops") {
  ServedWithClock it;
  for (const int code : {TIME_INS, TIME_OOP, TIME_WAIT, TIME_DEL, TIME_OK}) {
    CAPTURE(code);
    it.clock.discipline(code, 3ms);
    if (code == TIME_WAIT) it.clock.set_by(-1s);  // the second was counted twice
    check_good();
    CHECK(ready().text("clock") == "healthy");
  }
  it.clock.discipline(TIME_ERROR, 3ms);  // nobody disciplines it any more: what it was holds for a while
  CHECK(ready().text("clock") == "healthy");
  it.clock.pass(1h);
  it.clock.set_by(1h - 1s);
  CHECK(ready().text("clock") == "degraded");
  CHECK(it.served.server->stop() == 0);
}

TEST_CASE("the second in which 31 bits end: a server lives through it, and starts after it") {
  TurnedMachineClock clock(stage().world().directory_.file("clock-2038.page"));
  const auto end = std::chrono::sys_days(std::chrono::year(2038) / 1 / 19) + 3h + 14min + 8s;
  const auto to_end = [&] { return end - std::chrono::system_clock::now(); };
  clock.set_by(to_end() - 10s);
  const std::string data = stage().world().directory_.file("data-2038");
  std::optional<ServerProcess> server;
  const auto start = [&] {
    server.emplace(data, stage().config_file(), clock.environment());
    REQUIRE(server->is_ready());
    // Its certificates have not begun where this test is.
    const auto wire = std::make_shared<Wire>(server->port(), "");
    stage().world().elsewhere = [wire](const TestRequest& request) { return wire->send(request); };
  };
  start();
  check_good();
  CHECK(begin_registration().status() == 201);
  clock.set_by(to_end() + 10s);
  check_good();
  CHECK(begin_registration().status() == 201);
  const Reply terms = begin_registration();
  CHECK(signed_metadata().status() == 200);
  CHECK(server->stop() == 0);
  start();
  check_good();
  CHECK(begin_registration().status() == 201);
  CHECK(signed_metadata().status() == 200);
  CHECK(server->stop() == 0);
  std::filesystem::remove_all(data);
}

}  // namespace mibun::server
