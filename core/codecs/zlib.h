#pragma once

#include <cstddef>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::zlib {

Bytes deflate(BytesView data);  // RFC 1950, best compression
// Never makes more than `bytes_max`. Errors: zlib_malformed (also trailing bytes), zlib_too_large.
Result<Bytes> inflate(BytesView data, std::size_t bytes_max);

}  // namespace mibun::zlib
