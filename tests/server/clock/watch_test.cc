#include "server/clock/watch.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "core/codecs/json.h"
#include "platform/files/files.h"
#include "platform/log/log.h"
#include "server/clock/memory.h"
#include "tests/server/clock/turned_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// Promise WP-12b.
namespace mibun::server {
namespace {

using namespace std::chrono_literals;

constexpr auto kNewYear = Instant::from_unix_seconds(1'798'729'200);  // 2027-01-01T00:00:00+09:00

struct Watched {
  explicit Watched(UnsynchronisedClock rule = UnsynchronisedClock::is_told) : watch(clock, rule) {}
  ClockStatus look() { return watch.look().status; }
  TurnedClock clock{kNewYear};
  ClockWatch watch;
};

}  // namespace

TEST_CASE("the kernel's bound decides, to the microsecond") {
  struct Row {
    std::chrono::microseconds bound;
    ClockStatus want;
  };
  static constexpr Row rows[] = {
      {0us, ClockStatus::healthy},           {50'000us, ClockStatus::healthy},
      {50'001us, ClockStatus::uncertain},    {1'000'000us, ClockStatus::uncertain},
      {1'000'001us, ClockStatus::degraded},  {16'000'000us, ClockStatus::degraded},
      {30'000'000us, ClockStatus::degraded}, {30'000'001us, ClockStatus::stopped},
  };
  for (const Row& row : rows) {
    CAPTURE(row.bound.count());
    Watched it;
    it.clock.discipline(row.bound);
    CHECK(it.look() == row.want);
    CHECK(it.watch.require_trusted().has_value() == (row.want != ClockStatus::stopped));
    Watched alone;  // an estimate of a clock that nobody disciplines any more counts as much
    alone.clock.reading.error_bound = row.bound;
    CHECK(alone.look() == row.want);
  }
}

TEST_CASE("a clock of which nobody ever said anything serves, unless the operator says that it must not") {
  Watched told;
  CHECK(told.look() == ClockStatus::unsynchronised);
  CHECK(told.watch.require_trusted());
  told.clock.pass(std::chrono::days(30));
  CHECK(told.look() == ClockStatus::unsynchronised);

  Watched strict(UnsynchronisedClock::stops);
  CHECK(strict.look() == ClockStatus::stopped);
  REQUIRE_FALSE(strict.watch.require_trusted());
  CHECK(strict.watch.require_trusted().error().code == ErrorCode::clock_untrusted);
  strict.clock.discipline(1ms);
  CHECK(strict.look() == ClockStatus::healthy);
}

TEST_CASE("a clock that lost its discipline drifts in our count, where the kernel has stopped its own") {
  Watched it;
  it.clock.discipline(10ms);
  CHECK(it.look() == ClockStatus::healthy);
  it.clock.leave_alone();
  it.clock.pass(79s);
  CHECK(it.look() == ClockStatus::healthy);  // 10 ms and 79 s * 500 ppm
  it.clock.pass(2s);
  CHECK(it.look() == ClockStatus::uncertain);
  it.clock.pass(33min);
  CHECK(it.look() == ClockStatus::degraded);
  it.clock.pass(16h);
  CHECK(it.look() == ClockStatus::degraded);
  it.clock.pass(10min);
  CHECK(it.look() == ClockStatus::stopped);
  it.clock.discipline(2ms);
  CHECK(it.look() == ClockStatus::healthy);
}

TEST_CASE("a jump of more than 30 seconds in either direction stops us, and nothing smaller does") {
  for (const milliseconds step : {milliseconds(1h), milliseconds(-1h), milliseconds(24h), milliseconds(-24h),
                                  milliseconds(30'001), milliseconds(-30'001)}) {
    for (const bool disciplined : {true, false}) {
      CAPTURE(step.count());
      CAPTURE(disciplined);
      Watched it;
      if (disciplined) it.clock.discipline(1ms);
      const ClockStatus before = it.look();
      it.clock.pass(1s);
      it.clock.set_by(step);
      const ClockState state = it.watch.look();
      CHECK(state.status == ClockStatus::stopped);
      REQUIRE(state.jumped);
      CHECK(*state.jumped == step);
      it.clock.pass(12h);  // it does not become right by waiting
      if (!disciplined) CHECK(it.look() == ClockStatus::stopped);
      it.clock.set_by(-step);
      CHECK(it.look() == before);
    }
  }
  Watched it;
  it.clock.set_by(30s);
  CHECK(it.look() == ClockStatus::unsynchronised);
  it.clock.set_by(1ms);  // small steps add up where nobody confirms them
  CHECK(it.look() == ClockStatus::stopped);
}

TEST_CASE("a jump that the clock's discipline confirms for a minute was a correction") {
  Watched it;
  it.clock.discipline(1ms);
  CHECK(it.look() == ClockStatus::healthy);
  it.clock.set_by(1h);
  CHECK(it.look() == ClockStatus::stopped);
  it.clock.pass(59s);
  CHECK(it.look() == ClockStatus::stopped);
  it.clock.leave_alone();  // a set clock loses its discipline: the minute begins anew
  it.clock.pass(5s);
  CHECK(it.look() == ClockStatus::stopped);
  it.clock.discipline(1ms);
  CHECK(it.look() == ClockStatus::stopped);
  it.clock.pass(59s);
  CHECK(it.look() == ClockStatus::stopped);
  it.clock.pass(1s);
  CHECK(it.look() == ClockStatus::healthy);
  it.clock.set_by(-1h);  // and the hour back is a jump again
  CHECK(it.look() == ClockStatus::stopped);
}

TEST_CASE("leap seconds, sleep, and the end of 32 bits are no jumps") {
  Watched leap;
  leap.clock.discipline(1ms);
  leap.clock.pass(-1s);  // 23:59:59
  leap.look();
  for (int second = 0; second < 3; ++second) {  // 23:59:60 is 23:59:59 once more
    leap.clock.reading.since_boot += 1s;
    if (second != 1) leap.clock.reading.wall = leap.clock.reading.wall + 1s;
    CHECK(leap.look() == ClockStatus::healthy);
  }
  Watched sleeper;
  sleeper.clock.pass(std::chrono::days(3));  // CLOCK_BOOTTIME goes on
  CHECK(sleeper.look() == ClockStatus::unsynchronised);

  TurnedClock clock(Instant::from_unix_seconds(INT32_MAX));
  ClockWatch watch(clock);
  clock.pass(1s);
  CHECK(watch.look().status == ClockStatus::unsynchronised);
  CHECK(to_jst_string(clock.reading.wall) == "2038-01-19T12:14:08+09:00");
  clock.set_by(-std::chrono::seconds(1LL << 32));  // as it looks when somebody counts in 32 bits
  CHECK(watch.look().status == ClockStatus::stopped);
}

TEST_CASE("every log line of a clock that is off says so, and those of one that is right do not") {
  TempDir directory;
  const std::string path = directory.file("log");
  log::open(path, log::Level::info);
  Watched it;
  it.clock.discipline(1ms);
  it.look();
  log::info("first");
  it.clock.discipline(2s);
  it.look();
  log::info("second", {{"clock_status", "healthy"}});  // nobody else can say it
  it.clock.set_by(1h);
  it.look();
  log::info("third");
  it.clock.set_by(-1h);
  it.clock.discipline(1ms);
  it.look();
  log::info("fourth");

  std::map<std::string, std::string> said;
  const Bytes bytes = must(files::read_file(path, 1 << 20));
  std::string_view text = as_text(bytes);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const json::Object line = must(json::parse_object(text.substr(0, end)));
    const json::Value* status = line.if_contains("clock_status");
    said[std::string(line.at("event").as_string())] = status == nullptr ? "" : std::string(status->as_string());
    text.remove_prefix(end + 1);
  }
  CHECK(said.at("first").empty());
  CHECK(said.at("second") == "degraded");
  CHECK(said.at("third") == "stopped");
  CHECK(said.at("fourth").empty());
  CHECK(said.contains("clock_status_changed"));
}

TEST_CASE("the kernel's own answer is read") {
  const KernelClockSource source;
  const ClockReading first = source.read(), second = source.read();
  CHECK(first.wall.unix_seconds() > 1'700'000'000);
  CHECK(second.since_boot >= first.since_boot);
  CHECK(first.since_boot > 0ms);
  if (first.error_bound) CHECK(first.error_bound->count() >= 0);
}

TEST_CASE("a clock that was set back while nothing ran is noticed at the start, and forward it cannot be") {
  struct Row {
    milliseconds behind;
    bool stops;
  };
  static constexpr Row rows[] = {{30'000ms, false}, {30'001ms, true}, {24h, true}, {-24h, false}, {0ms, false}};
  for (const Row& row : rows) {
    CAPTURE(row.behind.count());
    TurnedClock clock(kNewYear);
    ClockWatch watch(clock, UnsynchronisedClock::is_told, kNewYear + row.behind);
    const ClockState state = watch.look();
    CHECK(state.is_trusted() == !row.stops);
    CHECK(watch.trusted_now().has_value() == !row.stops);
    if (!row.stops) continue;
    REQUIRE(state.jumped);
    CHECK(*state.jumped == -row.behind);
    clock.pass(12h);
    if (row.behind > 12h) CHECK(!watch.look().is_trusted());  // it does not become right by waiting
    SUBCASE("until it is as late as it was") {
      clock.set_by(row.behind);
      CHECK(watch.look().is_trusted());
    }
    SUBCASE("or until its discipline has held: then what was remembered was wrong") {
      clock.discipline(1ms);
      CHECK(!watch.look().is_trusted());
      clock.pass(60s);
      CHECK(watch.look().status == ClockStatus::healthy);
      CHECK(watch.trusted_now() == clock.reading.wall);
    }
  }
}

TEST_CASE("what is remembered of the clock is there again, and nothing else passes for it") {
  const TempDir directory;
  const RememberedMoment memory(directory.path().string(), kClockSeen);
  CHECK(!must(memory.read()).has_value());
  must(memory.write(kNewYear));
  CHECK(must(memory.read()) == kNewYear);
  must(memory.write(kNewYear - 1h));  // a correction that was confirmed
  CHECK(must(memory.read()) == kNewYear - 1h);
  const std::string path = directory.file("clock.seen");
  for (const char* text : {"", "mibun clock 1 ", "mibun clock 1 5", "mibun clock 1 05\n", "mibun clock 2 5\n", "5\n"}) {
    CAPTURE(text);
    must(files::write_file_atomic(path, as_bytes(std::string_view(text))));
    CHECK(code_of(memory.read()) == ErrorCode::io_error);
  }
}

}  // namespace mibun::server
