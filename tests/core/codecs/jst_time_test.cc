#include "core/codecs/jst_time.h"

#include <doctest/doctest.h>

using namespace mibun;

TEST_CASE("times in Japan are read as they are written, and in no other form") {
  const Instant noon = Instant::from_unix_seconds(1'795'402'800);
  CHECK(parse_jst("2026-11-23T12:00:00+09:00").value() == noon);
  CHECK(parse_jst(to_jst_string(noon + seconds(86'399))).value() == noon + seconds(86'399));
  for (const std::string_view wrong :
       {"", "2026-11-23T12:00:00Z", "2026-11-23T12:00:00+00:00", "2026-11-31T12:00:00+09:00",
        "2026-11-23T24:00:00+09:00", "2026-11-23 12:00:00+09:00", "2026-11-23T1a:00:00+09:00",
        "2026-11-23T12:60:00+09:00"}) {
    INFO(wrong);
    const auto read = parse_jst(wrong);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == ErrorCode::date_malformed);
  }
}
