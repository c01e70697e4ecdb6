#pragma once

#include <cstddef>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace mibun::zlib {

enum class Effort { best, balanced, quick };                  // levels 9, 6 and 1
Bytes deflate(BytesView data, Effort effort = Effort::best);  // RFC 1950
// Never makes more than `bytes_max`. Errors: zlib_malformed (also trailing bytes), zlib_too_large.
Result<Bytes> inflate(BytesView data, std::size_t bytes_max);

}  // namespace mibun::zlib
