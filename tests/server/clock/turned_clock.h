#pragma once

#include "server/clock/source.h"

namespace mibun::server {

// The machine's clock, turned by hand: time passes for both clocks, and the one that can be set is set.
class TurnedClock final : public ClockSource {
 public:
  explicit TurnedClock(Instant wall) {
    reading.wall = wall;
    reading.since_boot = std::chrono::hours(5);
  }
  ClockReading read() const override { return reading; }

  void pass(milliseconds time) {
    reading.wall = reading.wall + time;
    reading.since_boot += time;
  }
  void set_by(milliseconds step) { reading.wall = reading.wall + step; }
  void discipline(std::chrono::microseconds bound) {
    reading.synchronised = true;
    reading.error_bound = bound;
  }
  // As the kernel says it once its own count has ended.
  void leave_alone() {
    reading.synchronised = false;
    reading.error_bound.reset();
  }

  ClockReading reading;
};

}  // namespace mibun::server
