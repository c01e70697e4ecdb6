#include "server/clock/source.h"

#include <sys/timex.h>

#include <ctime>

namespace mibun::server {
namespace {

// What the kernel says when nobody disciplines its clock: NTP_PHASE_LIMIT in its include/linux/timex.h. It is where the
// count ends, and no estimate.
constexpr std::chrono::microseconds kNoEstimate{16'000'000};

milliseconds read_clock(clockid_t which) {
  timespec at{};
  ::clock_gettime(which, &at);
  return milliseconds(at.tv_sec * 1000 + at.tv_nsec / 1'000'000);
}

}  // namespace

ClockReading KernelClockSource::read() const {
  ClockReading reading;
  reading.wall = Instant::from_unix_milliseconds(read_clock(CLOCK_REALTIME).count());
  reading.since_boot = read_clock(CLOCK_BOOTTIME);
  timex state{};
  const int code = ::adjtimex(&state);
  if (code < 0) return reading;
  reading.synchronised = code != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
  const std::chrono::microseconds bound{state.maxerror};
  if (reading.synchronised || bound != kNoEstimate) reading.error_bound = bound;
  return reading;
}

}  // namespace mibun::server
