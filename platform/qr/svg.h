#pragma once

#include <string>
#include <string_view>

#include "platform/qr/symbol.h"

namespace mibun::qr {

// For a web page: black on white with a quiet zone of four modules, without a size of its own and without scripts.
// `title`: what a screen reader says of it; empty: the page itself does.
std::string svg(const Symbol& symbol, std::string_view title = {});

}  // namespace mibun::qr
