#pragma once

#include <string_view>

#include "core/base/result.h"

namespace mibun::records {

// Where something is kept.
enum class Region { japan, united_states };

std::string_view to_string(Region region);  // "JP", "US"
// Errors: invalid_argument.
Result<Region> parse_region(std::string_view text);

}  // namespace mibun::records
