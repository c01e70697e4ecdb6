#include "core/codecs/jpeg.h"

using namespace mibun;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView file{data, size};
  const auto read = jpeg::read_size(file);
  if (!read) return 0;
  MIBUN_INVARIANT(read->width > 0 && read->height > 0 && read->width < 65'536 && read->height < 65'536);
  // One picture and nothing beside it: no part of it ends as one, and nothing may follow.
  Bytes longer = to_bytes(file);
  longer.push_back(0xd9);
  MIBUN_INVARIANT(!jpeg::read_size(longer));
  MIBUN_INVARIANT(!jpeg::read_size(file.first(size - 1)));
  return 0;
}
