#pragma once

#include <chrono>
#include <optional>

#include "core/base/time.h"

namespace mibun::server {

// What can be seen of the machine's clock at one moment.
struct ClockReading {
  Instant wall;               // what it says
  milliseconds since_boot{};  // beside it, a clock that nobody sets and that goes on while the machine sleeps
  // Somebody disciplines the clock: adjtimex(2) answers neither TIME_ERROR nor STA_UNSYNC.
  bool synchronised = false;
  // How far off it may be at most, where the kernel has an estimate at all.
  std::optional<std::chrono::microseconds> error_bound;
};

class ClockSource {
 public:
  virtual ~ClockSource() = default;
  // From any thread.
  virtual ClockReading read() const = 0;
};

// CLOCK_REALTIME, CLOCK_BOOTTIME and adjtimex(2).
class KernelClockSource final : public ClockSource {
 public:
  ClockReading read() const override;
};

}  // namespace mibun::server
