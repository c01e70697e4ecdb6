#pragma once

#include <string>

#include "web/module/imports.h"

namespace mibun::web {

// What an import has left waiting.
inline std::string taken(int size) {
  std::string text(static_cast<std::size_t>(size), '\0');
  page_take(reinterpret_cast<std::uint8_t*>(text.data()));
  return text;
}

}  // namespace mibun::web
