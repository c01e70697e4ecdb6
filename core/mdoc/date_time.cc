#include "core/mdoc/date_time.h"

#include <chrono>

namespace mibun::mdoc {
namespace {

// Two digits, at most `max`; -1 otherwise.
int two_digits(std::string_view text, int max) {
  if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return -1;
  const int value = (text[0] - '0') * 10 + (text[1] - '0');
  return value <= max ? value : -1;
}

}  // namespace

Result<Instant> parse_date_time(std::string_view text) {
  const auto malformed = [] { return fail(ErrorCode::date_malformed, "tdate", "YYYY-MM-DDThh:mm:ssZ"); };
  if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z') {
    return malformed();
  }
  MIBUN_TRY(const CalendarDate date, CalendarDate::parse(text.substr(0, 10)));
  const int hour = two_digits(text.substr(11), 23), minute = two_digits(text.substr(14), 59),
            second = two_digits(text.substr(17), 59);
  if (hour < 0 || minute < 0 || second < 0) return malformed();
  const std::chrono::sys_days day{std::chrono::year(date.year) / static_cast<int>(date.month) /
                                  static_cast<int>(date.day)};
  const auto midnight = std::chrono::duration_cast<seconds>(day.time_since_epoch()).count();
  return Instant::from_unix_seconds(midnight + hour * 3600 + minute * 60 + second);
}

Result<Instant> read_tdate(cbor::Reader& reader) {
  MIBUN_TRY(const std::string_view text, reader.read_tagged_text(kTagDateTime));
  return parse_date_time(text);
}

}  // namespace mibun::mdoc
