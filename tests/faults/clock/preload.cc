// The functions of the C library that say what time it is, in front of the real ones: LD_PRELOAD puts them there. The
// page decides (turned.h).
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "tests/faults/clock/turned.h"

namespace {

using mibun::faults::TurnedClockPage;

constexpr std::int64_t kSecond = 1'000'000'000;

// Without a page the clock is the machine's: what the loader asks before it is mapped, and other programs.
const volatile TurnedClockPage* page() {
  static const volatile TurnedClockPage* const mapped = []() -> const volatile TurnedClockPage* {
    const char* path = std::getenv("MIBUN_CLOCK");
    const int fd = path == nullptr ? -1 : static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC));
    if (fd < 0) return nullptr;
    void* const at = ::mmap(nullptr, sizeof(TurnedClockPage), PROT_READ, MAP_SHARED, fd, 0);
    ::syscall(SYS_close, fd);
    return at == MAP_FAILED ? nullptr : static_cast<const volatile TurnedClockPage*>(at);
  }
  ();
  return mapped;
}

std::int64_t turned(clockid_t which, std::int64_t real) {
  const volatile TurnedClockPage* const now = page();
  if (now == nullptr) return real;
  if (which == CLOCK_BOOTTIME) return real + now->boot_offset_ns;
  if (which != CLOCK_REALTIME && which != CLOCK_REALTIME_COARSE) return real;
  return now->frozen_at_ns != 0 ? std::int64_t{now->frozen_at_ns} : real + now->wall_offset_ns;
}

std::int64_t wall() {
  timespec at{};
  ::syscall(SYS_clock_gettime, CLOCK_REALTIME, &at);
  return turned(CLOCK_REALTIME, at.tv_sec * kSecond + at.tv_nsec);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t which, timespec* out) noexcept {
  const long done = ::syscall(SYS_clock_gettime, which, out);
  if (done != 0) return -1;
  const std::int64_t now = turned(which, out->tv_sec * kSecond + out->tv_nsec);
  out->tv_sec = now / kSecond;
  out->tv_nsec = now % kSecond;
  return 0;
}
int gettimeofday(timeval* out, void*) noexcept {
  const std::int64_t now = wall();
  out->tv_sec = now / kSecond;
  out->tv_usec = now % kSecond / 1000;
  return 0;
}
time_t time(time_t* out) noexcept {
  const time_t now = wall() / kSecond;
  if (out != nullptr) *out = now;
  return now;
}
int adjtimex(timex* state) noexcept {
  const long real = ::syscall(SYS_adjtimex, state);
  const volatile TurnedClockPage* const now = page();
  if (now == nullptr || now->is_disciplined == 0) return static_cast<int>(real);
  state->maxerror = now->maxerror_us;
  state->status &= ~STA_UNSYNC;
  if (now->code == TIME_ERROR) state->status |= STA_UNSYNC;
  return static_cast<int>(now->code);
}

}  // extern "C"
