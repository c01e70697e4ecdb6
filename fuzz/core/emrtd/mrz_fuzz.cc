#include <cstdint>
#include <cstdlib>

#include "core/base/bytes.h"
#include "core/emrtd/mrz.h"

// A passport's zone that is read can be written, and says the same when read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  constexpr CalendarDate kToday{2026, 11, 23};
  const auto mrz = emrtd::parse_mrz(as_text({data, size}), kToday);
  if (!mrz || mrz->format != emrtd::MrzFormat::td3) return 0;
  const auto text = emrtd::write_td3(*mrz);
  if (!text) return 0;  // fillers inside a number, which no holder of ours has
  const auto again = emrtd::parse_mrz(*text, kToday);
  if (!again || again->document_number != mrz->document_number || again->family_name != mrz->family_name ||
      again->birthdate != mrz->birthdate || again->expiry != mrz->expiry) {
    std::abort();
  }
  return 0;
}
