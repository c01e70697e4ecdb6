// zlib by the browser's compression streams, which know no levels.

#include "core/codecs/zlib.h"

#include <cstdint>

#define MIBUN_HOST(name) __attribute__((import_module("host"), import_name(#name)))

extern "C" {
// What came out has so many bytes and waits for take(). -1: malformed, -2: more than `bytes_max`.
MIBUN_HOST(inflate) std::int32_t host_inflate(const std::uint8_t* data, std::size_t size, std::size_t bytes_max);
MIBUN_HOST(deflate) std::int32_t host_deflate(const std::uint8_t* data, std::size_t size);
MIBUN_HOST(take) void host_take(std::uint8_t* out);
}

namespace mibun::zlib {
namespace {

Bytes take(std::int32_t size) {
  Bytes out(static_cast<std::size_t>(size));
  host_take(out.data());
  return out;
}

}  // namespace

Bytes deflate(BytesView data, Effort) {
  const std::int32_t size = host_deflate(data.data(), data.size());
  MIBUN_INVARIANT(size >= 0);
  return take(size);
}

Result<Bytes> inflate(BytesView data, std::size_t bytes_max) {
  const std::int32_t size = host_inflate(data.data(), data.size(), bytes_max);
  if (size == -2) return fail(ErrorCode::zlib_too_large);
  if (size < 0) return fail(ErrorCode::zlib_malformed);
  return take(size);
}

}  // namespace mibun::zlib
