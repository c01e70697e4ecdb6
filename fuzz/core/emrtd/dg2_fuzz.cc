#include <cstdint>
#include <cstdlib>

#include "core/emrtd/data_groups.h"

// A portrait that is read survives writing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mibun;
  const auto portrait = emrtd::parse_dg2({data, size});
  if (!portrait) return 0;
  const auto again = emrtd::parse_dg2(emrtd::write_dg2(*portrait));
  if (!again || again->image != portrait->image || again->format != portrait->format) std::abort();
  return 0;
}
