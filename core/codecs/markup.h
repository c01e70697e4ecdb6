#pragma once

#include <string>
#include <string_view>

namespace mibun {

// Text for HTML and SVG, between tags or in a quoted attribute: it can become no element and end no attribute.
std::string escape_markup(std::string_view text);

}  // namespace mibun
