#include "server/clock/watch.h"

#include <algorithm>

#include "platform/log/log.h"

namespace mibun::server {
namespace {

using std::chrono::microseconds;

milliseconds offset_of(const ClockReading& reading) {
  return milliseconds(reading.wall.unix_milliseconds()) - reading.since_boot;
}

ClockStatus judge(const std::optional<microseconds>& bound) {
  if (!bound) return ClockStatus::unsynchronised;
  if (*bound <= kHealthyBound) return ClockStatus::healthy;
  if (*bound <= kUncertainBound) return ClockStatus::uncertain;
  return *bound <= kDegradedBound ? ClockStatus::degraded : ClockStatus::stopped;
}

}  // namespace

const char* to_string(ClockStatus status) {
  switch (status) {
    case ClockStatus::healthy:
      return "healthy";
    case ClockStatus::uncertain:
      return "uncertain";
    case ClockStatus::unsynchronised:
      return "unsynchronised";
    case ClockStatus::degraded:
      return "degraded";
    case ClockStatus::stopped:
      return "stopped";
  }
  return "stopped";
}

ClockWatch::ClockWatch(const ClockSource& source, UnsynchronisedClock rule, std::optional<Instant> seen)
    : source_(source), rule_(rule) {
  const ClockReading reading = source.read();
  offset_ = offset_of(reading);
  if (seen && *seen > reading.wall) offset_ += *seen - reading.wall;
  log::set_clock_status("");
}

std::optional<Instant> ClockWatch::trusted_now() {
  if (!look().is_trusted()) return std::nullopt;
  return source_.read().wall;
}

// While somebody disciplines the clock, the kernel's bound holds. Afterwards the last one grows by what a quartz may
// drift, also where the kernel stops counting.
std::optional<microseconds> ClockWatch::bound_of(const ClockReading& reading) {
  if (reading.synchronised && reading.error_bound) {
    disciplined_ = Kept{*reading.error_bound, reading.since_boot};
    return reading.error_bound;
  }
  if (!disciplined_) return reading.error_bound;
  const microseconds alone = reading.since_boot - disciplined_->since_boot;
  const microseconds grown = disciplined_->bound + alone * kDriftPerMillion / 1'000'000;
  return reading.error_bound ? std::max(grown, *reading.error_bound) : grown;
}

void ClockWatch::follow_jumps(const ClockReading& reading, const std::optional<microseconds>& bound) {
  const milliseconds moved = offset_of(reading) - offset_;
  const bool confirmed = reading.synchronised && bound && *bound <= kUncertainBound;
  if (std::chrono::abs(moved) <= kDegradedBound) {
    jump_.reset();
    if (confirmed) offset_ += moved;
    return;
  }
  if (!jump_ || std::chrono::abs(moved - jump_->by) > kDegradedBound) jump_ = Jump{moved, std::nullopt};
  if (!confirmed) {
    jump_->confirmed_since.reset();
  } else if (!jump_->confirmed_since) {
    jump_->confirmed_since = reading.since_boot;
  } else if (reading.since_boot - *jump_->confirmed_since >= kConfirmation) {
    jump_.reset();
    offset_ += moved;
  }
}

ClockState ClockWatch::look() {
  const std::lock_guard lock(mutex_);
  const ClockReading reading = source_.read();
  ClockState state;
  state.error_bound = bound_of(reading);
  state.status = judge(state.error_bound);
  follow_jumps(reading, state.error_bound);
  if (jump_) state.jumped = jump_->by;
  const bool nobody_keeps_it = state.status == ClockStatus::unsynchronised && rule_ == UnsynchronisedClock::stops;
  if (jump_ || nobody_keeps_it) state.status = ClockStatus::stopped;
  tell(state);
  return state;
}

void ClockWatch::tell(const ClockState& state) {
  if (state.status == told_) return;
  const bool off = state.status == ClockStatus::degraded || state.status == ClockStatus::stopped;
  log::set_clock_status(off ? to_string(state.status) : "");
  log::write(off ? log::Level::error : log::Level::info, "clock_status_changed",
             {{"from", std::string_view(to_string(told_))},
              {"to", std::string_view(to_string(state.status))},
              {"jumped_seconds", state.jumped ? std::chrono::floor<seconds>(*state.jumped).count() : 0}});
  told_ = state.status;
}

Status ClockWatch::require_trusted() {
  if (look().is_trusted()) return {};
  return fail(ErrorCode::clock_untrusted, "clock");
}

}  // namespace mibun::server
