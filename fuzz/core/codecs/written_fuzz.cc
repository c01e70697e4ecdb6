// What people write and read: dates, times in Japan, codes that are typed. What is taken has one form, and comes back.
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/codecs/jst_time.h"
#include "core/codecs/written_code.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  if (const auto instant = parse_jst(text)) MIBUN_INVARIANT(to_jst_string(*instant) == text);
  if (const auto date = CalendarDate::parse(text)) MIBUN_INVARIANT(date->to_string() == text);
  const auto normal = written_code::normalise(text);
  if (normal) MIBUN_INVARIANT(written_code::normalise(written_code::in_groups(*normal)) == normal);
  for (const std::size_t groups : {std::size_t{1}, std::size_t{3}, std::size_t{8}}) {
    const auto symbols = written_code::read_checked(text, groups);
    if (!symbols) continue;
    MIBUN_INVARIANT(symbols->size() == 3 * groups && normal.has_value());
    MIBUN_INVARIANT(written_code::normalise(written_code::with_checks(*symbols)) == normal);
  }
  return 0;
}
