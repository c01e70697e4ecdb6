#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "server/clock/source.h"

namespace mibun::server {

// docs/decisions/0050.
enum class ClockStatus {
  healthy,         // synchronised, at most 50 ms off
  uncertain,       // at most 1 s off
  unsynchronised,  // since this program started nobody has said how far off it may be
  degraded,        // at most 30 s off
  stopped          // further off, or it was set by more than that: nothing is issued, verified or signed
};
// "healthy" ...: a literal.
const char* to_string(ClockStatus status);

inline constexpr std::chrono::milliseconds kHealthyBound{50}, kUncertainBound{1000}, kDegradedBound{30'000};
// A clock that jumped is believed again when its discipline has held for so long.
inline constexpr std::chrono::seconds kConfirmation{60};
// What an undisciplined quartz may drift: what the kernel adds to its own bound.
inline constexpr int kDriftPerMillion = 500;

struct ClockState {
  ClockStatus status = ClockStatus::unsynchronised;
  std::optional<std::chrono::microseconds> error_bound;
  // By how much it was set, while that is what stops us.
  std::optional<milliseconds> jumped;

  bool is_trusted() const { return status != ClockStatus::stopped; }
};

// What the operator says of a clock that nobody disciplines.
enum class UnsynchronisedClock {
  is_told,  // it serves, and readiness says so: a container cannot see who keeps its host's clock
  stops     // nothing is issued, verified or signed
};

// Judges the clock from what was seen of it so far. Two things are held against it: the error that the kernel admits
// (and what has come to it since nobody disciplines it any more), and a jump against the clock that nobody can set.
class ClockWatch {
 public:
  // `source` must outlive the watch. `seen`: when this clock was last trusted, by a program before (memory.h). A clock
  // that starts before that was set back, and is judged like one that jumped. How long nobody looked is unknown, so
  // that it was set forward cannot be seen.
  explicit ClockWatch(const ClockSource& source, UnsynchronisedClock rule = UnsynchronisedClock::is_told,
                      std::optional<Instant> seen = std::nullopt);

  // What is worth remembering for the next program: the time now, while it is trusted.
  std::optional<Instant> trusted_now();
  // Looks now. A change of status is logged, and from then on every log line carries "clock_status" where the clock is
  // degraded or stopped. From any thread.
  ClockState look();
  // Errors: clock_untrusted.
  Status require_trusted();

 private:
  struct Jump {
    milliseconds by;
    std::optional<milliseconds> confirmed_since;  // since boot
  };
  struct Kept {
    std::chrono::microseconds bound;
    milliseconds since_boot;
  };
  std::optional<std::chrono::microseconds> bound_of(const ClockReading& reading);
  void follow_jumps(const ClockReading& reading, const std::optional<std::chrono::microseconds>& bound);
  void tell(const ClockState& state);

  const ClockSource& source_;
  const UnsynchronisedClock rule_;
  std::mutex mutex_;
  milliseconds offset_{};            // of the wall clock against the one since boot, as it was last believed
  std::optional<Kept> disciplined_;  // as it was when somebody last disciplined the clock
  std::optional<Jump> jump_;
  ClockStatus told_ = ClockStatus::healthy;
};

}  // namespace mibun::server
