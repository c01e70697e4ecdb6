#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/random.h"

namespace mibun::server {

// The code that stops an account when the device is lost: 120 random bits as 24 letters and digits in groups of four,
// "7KQM-3XWB-...": Crockford's base32, without I, L, O and U, so that it survives being written down.
std::string make_revocation_code(Rng& rng);

// As people type it: any case, spaces or dashes anywhere, O for 0, I or L for 1. None when it cannot be a code.
std::optional<std::string> normalise_revocation_code(std::string_view typed);

}  // namespace mibun::server
