#include "core/mdoc/date_time.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/support/test_pki.h"

using namespace mibun;
using mdoc::parse_date_time;

TEST_CASE("tdate: whole seconds, UTC, Z") {
  CHECK(must(parse_date_time("2026-11-23T03:00:00Z")) == kTestNow);
  CHECK(must(parse_date_time("1970-01-01T00:00:00Z")).unix_seconds() == 0);
  CHECK(must(parse_date_time("1969-12-31T23:59:59Z")).unix_seconds() == -1);
  CHECK(must(parse_date_time("2024-02-29T23:59:59Z")).unix_seconds() == 1'709'251'199);
  CHECK(must(parse_date_time("9999-12-31T23:59:59Z")).unix_seconds() == 253'402'300'799);
  for (const auto seconds : {std::int64_t{0}, std::int64_t{951'782'400}, std::int64_t{4'102'444'799}}) {
    const Instant instant = Instant::from_unix_seconds(seconds);
    CHECK(must(parse_date_time(to_utc_string(instant))) == instant);
  }
}

TEST_CASE("tdate: every other form is refused") {
  constexpr std::array kRows = {
      "",
      "2026-11-23",
      "2026-11-23T03:00:00",
      "2026-11-23T03:00:00z",
      "2026-11-23t03:00:00Z",
      "2026-11-23 03:00:00Z",
      "2026-11-23T03:00:00.0Z",
      "2026-11-23T03:00:00+00:00",
      "2026-11-23T12:00:00+09:00",
      "2026-11-23T03:00Z",
      "2026-13-01T00:00:00Z",
      "2026-02-29T00:00:00Z",
      "2026-11-23T24:00:00Z",
      "2026-11-23T03:60:00Z",
      "2026-11-23T03:00:60Z",
      "2026-11-23T-3:00:00Z",
      "2026-11-23T03:00:00Z ",
      "0000-01-01T00:00:00Z",
  };
  for (const char* row : kRows) {
    INFO(row);
    CHECK(code_of(parse_date_time(row)) == ErrorCode::date_malformed);
  }
}
