#pragma once

#include <string_view>

namespace mibun::utf8 {

bool is_valid(std::string_view text);

}  // namespace mibun::utf8
