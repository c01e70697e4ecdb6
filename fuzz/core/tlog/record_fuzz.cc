#include <algorithm>

#include "core/tlog/record.h"

using namespace mibun;
using namespace mibun::tlog;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const auto record = LogRecord::parse(input);
  if (record) MIBUN_INVARIANT(std::ranges::equal(record->encode().value(), input));
  return 0;
}
