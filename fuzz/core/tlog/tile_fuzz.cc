#include <algorithm>

#include "core/tlog/tile.h"

using namespace mibun;
using namespace mibun::tlog;

// A name up to the first newline, then a file: names, tiles and bundles have one form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text({data, size});
  const std::size_t line = input.find('\n');
  const std::string_view path = input.substr(0, line);
  const BytesView file = as_bytes(line == std::string_view::npos ? std::string_view() : input.substr(line + 1));
  const auto id = TileId::parse(path);
  if (id) MIBUN_INVARIANT(id->path() == path && id->leaves_needed() <= kTreeSizeMax);
  const unsigned width = id ? id->width : 3;
  if (const auto hashes = parse_tile(file, width)) MIBUN_INVARIANT(std::ranges::equal(encode_tile(*hashes), file));
  if (const auto entries = parse_bundle(file, width)) {
    Bytes again;
    for (const BytesView entry : *entries) append_to_bundle(again, entry);
    MIBUN_INVARIANT(entries->size() == width && std::ranges::equal(again, file));
  }
  return 0;
}
