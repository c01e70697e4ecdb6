#pragma once

#include <string_view>

#include "core/base/time.h"

namespace mibun {

// What to_jst_string() writes, read again: "2026-11-23T12:03:59+09:00" and nothing else. Errors: date_malformed.
Result<Instant> parse_jst(std::string_view text);

}  // namespace mibun
