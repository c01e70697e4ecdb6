#pragma once

#include <string>

#include "platform/qr/symbol.h"

namespace mibun::qr {

// For a web page: black on white with a quiet zone of four modules, without a size of its own and without scripts.
std::string svg(const Symbol& symbol);

}  // namespace mibun::qr
