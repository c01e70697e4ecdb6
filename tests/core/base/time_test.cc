#include "core/base/time.h"

#include <doctest/doctest.h>

using namespace mibun;

TEST_CASE("times people see are Japan's, times protocols see are UTC") {
  const Instant instant = Instant::from_unix_milliseconds(1'795'402'800'123);
  CHECK(to_utc_string(instant) == "2026-11-23T03:00:00Z");
  CHECK(to_jst_string(instant) == "2026-11-23T12:00:00+09:00");
  CHECK(to_jst_string_ms(instant) == "2026-11-23T12:00:00.123+09:00");
}

TEST_CASE("15:00 UTC is the next day in Japan") {
  const Instant before = Instant::from_unix_milliseconds(1'767'193'199'999);  // 2025-12-31T14:59:59.999Z
  CHECK(to_utc_string(before) == "2025-12-31T14:59:59Z");
  CHECK(to_jst_string(before) == "2025-12-31T23:59:59+09:00");
  CHECK(jst_date(before) == CalendarDate{2025, 12, 31});
  CHECK(jst_date(before + milliseconds(1)) == CalendarDate{2026, 1, 1});
}

TEST_CASE("a time before 1970 rounds down to its second") {
  CHECK(Instant::from_unix_milliseconds(-1).unix_seconds() == -1);
  CHECK(to_utc_string(Instant::from_unix_milliseconds(-1)) == "1969-12-31T23:59:59Z");
}

TEST_CASE("the last year of four digits, and the first hours after it in Japan") {
  const Instant last = Instant::from_unix_seconds(253'402'300'799);
  CHECK(to_utc_string(last) == "9999-12-31T23:59:59Z");
  CHECK(to_jst_string(last) == "10000-01-01T08:59:59+09:00");
  CHECK(jst_date(last).to_string() == "10000-01-01");
  CHECK(to_utc_string(Instant::from_unix_seconds(-62'135'596'800)) == "0001-01-01T00:00:00Z");
  CHECK(to_utc_string(Instant::from_unix_seconds(-62'198'755'200)) == "-0001-01-01T00:00:00Z");
}

TEST_CASE("leap days") {
  CHECK(CalendarDate::parse("2024-02-29").has_value());
  CHECK(CalendarDate::parse("2000-02-29").has_value());
  CHECK(to_jst_string(Instant::from_unix_seconds(1'709'132'400)) == "2024-02-29T00:00:00+09:00");
  CHECK(jst_date(Instant::from_unix_seconds(1'709'132'400)).to_string() == "2024-02-29");
  CHECK(jst_date(Instant::from_unix_seconds(1'709'132'399)).to_string() == "2024-02-28");
}

TEST_CASE("dates that are no dates are refused") {
  for (const char* text : {"2023-02-29", "1900-02-29", "2024-04-31", "2024-13-01", "2024-00-10", "2024-01-00",
                           "0000-01-01", "2024-1-01", "2024-01-1", "2024/01/01", "2024-01-01 ", " 2024-01-01",
                           "20240101", "", "-024-01-01", "2024-01-0a", "+024-01-01", "2024-01-01T"}) {
    INFO(text);
    const auto parsed = CalendarDate::parse(text);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::date_malformed);
  }
}

TEST_CASE("an age changes on the birthday, not the day before or after") {
  struct Row {
    CalendarDate birth, today;
    int age;
  };
  static constexpr Row rows[] = {
      {{2006, 11, 23}, {2026, 11, 22}, 19}, {{2006, 11, 23}, {2026, 11, 23}, 20}, {{2006, 11, 23}, {2026, 11, 24}, 20},
      {{2006, 12, 1}, {2026, 11, 30}, 19},  {{2006, 1, 31}, {2026, 1, 30}, 19},   {{2006, 1, 31}, {2026, 1, 31}, 20},
      {{2004, 2, 29}, {2024, 2, 28}, 19},   {{2004, 2, 29}, {2024, 2, 29}, 20},   {{2004, 2, 29}, {2025, 2, 28}, 20},
      {{2004, 2, 29}, {2025, 3, 1}, 21},    {{2026, 11, 23}, {2026, 11, 23}, 0},
  };
  for (const Row& row : rows) {
    INFO(row.birth.to_string() << " on " << row.today.to_string());
    CHECK(age_in_years(row.birth, row.today) == row.age);
  }
}

TEST_CASE("somebody turns 20 at midnight in Japan, nine hours before UTC does") {
  const CalendarDate birth{2006, 11, 23};
  const Instant midnight = Instant::from_unix_seconds(1'795'359'600);  // 2026-11-22T15:00:00Z
  CHECK(to_jst_string(midnight) == "2026-11-23T00:00:00+09:00");
  CHECK(age_in_years(birth, jst_date(midnight - milliseconds(1))) == 19);
  CHECK(age_in_years(birth, jst_date(midnight)) == 20);
}

TEST_CASE("a clock turned by hand") {
  ManualClock clock(Instant::from_unix_seconds(100));
  clock.advance(seconds(5));
  CHECK(clock.now().unix_seconds() == 105);
  clock.set(Instant::from_unix_seconds(7));
  CHECK(clock.now() == Instant::from_unix_seconds(7));
}
