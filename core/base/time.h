#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace mibun {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A point in time, UTC, in milliseconds. Inside everything is UTC; only what people read is JST (promise WP-12).
class Instant {
 public:
  constexpr Instant() = default;
  static constexpr Instant from_unix_seconds(std::int64_t value) { return Instant(milliseconds(value * 1000)); }
  static constexpr Instant from_unix_milliseconds(std::int64_t value) { return Instant(milliseconds(value)); }

  constexpr std::int64_t unix_seconds() const { return std::chrono::floor<seconds>(since_epoch_).count(); }
  constexpr std::int64_t unix_milliseconds() const { return since_epoch_.count(); }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant a, milliseconds d) { return Instant(a.since_epoch_ + d); }
  friend constexpr Instant operator-(Instant a, milliseconds d) { return Instant(a.since_epoch_ - d); }
  friend constexpr milliseconds operator-(Instant a, Instant b) { return a.since_epoch_ - b.since_epoch_; }

 private:
  constexpr explicit Instant(milliseconds since_epoch) : since_epoch_(since_epoch) {}
  milliseconds since_epoch_{};
};

// "2026-11-23T12:03:59+09:00": what people, exports and logs are shown.
std::string to_jst_string(Instant instant);
// With milliseconds: "2026-11-23T12:03:59.123+09:00", for log lines.
std::string to_jst_string_ms(Instant instant);
// "20261123030359Z" style is not needed anywhere; RFC 3339 UTC for certificates and protocols: "2026-11-23T03:03:59Z".
std::string to_utc_string(Instant instant);

// A calendar date without a time zone: a birth date, a document's expiry.
struct CalendarDate {
  int year = 0;
  unsigned month = 0;  // 1..12
  unsigned day = 0;    // 1..31
  friend auto operator<=>(const CalendarDate&, const CalendarDate&) = default;
  // "1990-04-15". Errors: date_malformed (shape, or no such day).
  static Result<CalendarDate> parse(std::string_view iso);
  std::string to_string() const;
};

// The calendar date in Japan at `instant`: ages and document expiry are judged by it.
CalendarDate jst_date(Instant instant);
// Completed years between a birth date and a day. 29 February counts as 1 March in other years.
int age_in_years(const CalendarDate& birth, const CalendarDate& today);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
};

// A clock turned by hand, for tests and simulations.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start) : now_(start) {}
  Instant now() const override { return now_; }
  void set(Instant instant) { now_ = instant; }
  void advance(milliseconds by) { now_ = now_ + by; }

 private:
  Instant now_;
};

}  // namespace mibun
