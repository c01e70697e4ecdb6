#include "core/codecs/jst_time.h"

#include <array>

namespace mibun {

Result<Instant> parse_jst(std::string_view text) {
  constexpr std::string_view kZone = "+09:00";
  if (text.size() != 25 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text.substr(19) != kZone) {
    return fail(ErrorCode::date_malformed, "time");
  }
  MIBUN_TRY(const CalendarDate date, CalendarDate::parse(text.substr(0, 10)));
  std::array<int, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const char tens = text[11 + i * 3], ones = text[12 + i * 3];
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9') return fail(ErrorCode::date_malformed, "time");
    parts[i] = (tens - '0') * 10 + (ones - '0');
  }
  if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return fail(ErrorCode::date_malformed, "time");
  const std::chrono::sys_days day{std::chrono::year(date.year) / std::chrono::month(date.month) /
                                  std::chrono::day(date.day)};
  const auto local = std::chrono::duration_cast<seconds>(day.time_since_epoch()) + std::chrono::hours(parts[0]) +
                     std::chrono::minutes(parts[1]) + seconds(parts[2]);
  return Instant::from_unix_seconds((local - std::chrono::hours(9)).count());
}

}  // namespace mibun
