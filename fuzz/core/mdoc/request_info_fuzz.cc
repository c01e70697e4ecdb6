#include "core/mdoc/request_info.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kName = "mibun.registration";
  const auto found = mdoc::find_in_request_info(BytesView(data, size), kName);
  if (!found || !*found) return 0;
  const auto again = mdoc::find_in_request_info(mdoc::make_request_info(kName, **found), kName);
  MIBUN_INVARIANT(again.has_value() && *again == *found);
  return 0;
}
