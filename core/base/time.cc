#include "core/base/time.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "core/base/decimal.h"

namespace mibun {
namespace {

constexpr auto kJstOffset = std::chrono::hours(9);

struct CivilTime {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<milliseconds> time;
};

CivilTime civil(Instant instant, milliseconds offset) {
  const auto local = std::chrono::sys_time<milliseconds>(milliseconds(instant.unix_milliseconds()) + offset);
  const auto day = std::chrono::floor<std::chrono::days>(local);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<milliseconds>(local - day)};
}

// "2026-01-31"; std::chrono's years have at most five digits, and a sign before 0.
char* put_date(char* out, int year, unsigned month, unsigned day) {
  if (year < 0) *out++ = '-';
  const auto digits_of_year = static_cast<unsigned>(std::abs(year));
  out = put_decimal(out, digits_of_year > 9999 ? 5 : 4, digits_of_year);
  *out++ = '-';
  out = put_decimal(out, 2, month);
  *out++ = '-';
  return put_decimal(out, 2, day);
}

std::string format(const CivilTime& t, bool with_milliseconds, std::string_view zone) {
  std::array<char, 64> text;
  const auto number = [](auto duration) { return static_cast<unsigned>(duration.count()); };
  char* out = put_date(text.data(), static_cast<int>(t.date.year()), static_cast<unsigned>(t.date.month()),
                       static_cast<unsigned>(t.date.day()));
  *out++ = 'T';
  out = put_decimal(out, 2, number(t.time.hours()));
  *out++ = ':';
  out = put_decimal(out, 2, number(t.time.minutes()));
  *out++ = ':';
  out = put_decimal(out, 2, number(t.time.seconds()));
  if (with_milliseconds) {
    *out++ = '.';
    out = put_decimal(out, 3, number(t.time.subseconds()));
  }
  out = std::ranges::copy(zone, out).out;
  return std::string(text.data(), out);
}

int digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::string to_jst_string(Instant instant) {
  return format(civil(instant, kJstOffset), false, "+09:00");
}
std::string to_jst_string_ms(Instant instant) {
  return format(civil(instant, kJstOffset), true, "+09:00");
}
std::string to_utc_string(Instant instant) {
  return format(civil(instant, milliseconds(0)), false, "Z");
}

Result<CalendarDate> CalendarDate::parse(std::string_view iso) {
  if (iso.size() != 10 || iso[4] != '-' || iso[7] != '-') {
    return fail(ErrorCode::date_malformed, "date", "a date has the form YYYY-MM-DD");
  }
  const int year = digits(iso.substr(0, 4));
  const int month = digits(iso.substr(5, 2));
  const int day = digits(iso.substr(8, 2));
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1 || month < 1 || day < 1 || !date.ok()) {
    return fail(ErrorCode::date_malformed, "date", "there is no such day");
  }
  return CalendarDate{year, static_cast<unsigned>(month), static_cast<unsigned>(day)};
}

std::string CalendarDate::to_string() const {
  std::array<char, 32> text;
  return std::string(text.data(), put_date(text.data(), year, month, day));
}

CalendarDate jst_date(Instant instant) {
  const auto date = civil(instant, kJstOffset).date;
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())};
}

int age_in_years(const CalendarDate& birth, const CalendarDate& today) {
  const bool had_birthday = today.month > birth.month || (today.month == birth.month && today.day >= birth.day);
  return today.year - birth.year - (had_birthday ? 0 : 1);
}

Instant SystemClock::now() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return Instant::from_unix_milliseconds(std::chrono::duration_cast<milliseconds>(now).count());
}

}  // namespace mibun
