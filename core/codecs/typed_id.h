#pragma once

#include <cstddef>
#include <string>

#include "core/base/random.h"

namespace mibun {

// Base64url of `bytes` random bytes, for what people type behind a command: it begins with no hyphen, which would make
// an option of it.
std::string make_typed_id(Rng& rng, std::size_t bytes);

}  // namespace mibun
