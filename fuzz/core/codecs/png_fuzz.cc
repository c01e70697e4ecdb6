#include "core/codecs/png.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView file{data, size};
  const auto read = png::read_size(file);
  if (!read) return 0;
  MIBUN_INVARIANT(read->width > 0 && read->height > 0 && read->width <= 0x7fffffff && read->height <= 0x7fffffff);
  // One picture and nothing beside it: no part of it ends as one, and nothing may follow.
  Bytes longer = to_bytes(file);
  longer.push_back(0);
  MIBUN_INVARIANT(!png::read_size(longer));
  MIBUN_INVARIANT(!png::read_size(file.first(size - 1)));
  return 0;
}
