#include "core/codecs/zlib.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMax = 1 << 20;
  const auto out = zlib::inflate({data, size}, kMax);
  if (!out) return 0;
  MIBUN_INVARIANT(out->size() <= kMax);
  MIBUN_INVARIANT(zlib::inflate(zlib::deflate(*out), kMax).value() == *out);
  return 0;
}
