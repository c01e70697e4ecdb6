#pragma once

#include <cstddef>
#include <string>

#include "core/base/random.h"

namespace mibun {

// A code for people to type: `digits` (1 to 9) decimal digits, each value equally likely, leading zeros kept.
std::string make_digit_code(Rng& rng, std::size_t digits);

}  // namespace mibun
