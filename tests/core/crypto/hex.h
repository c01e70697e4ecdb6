#pragma once

#include <stdexcept>
#include <string_view>

#include "core/base/bytes.h"

// Bytes of a test vector's hexadecimal text. Throws when it is not one.
inline mibun::Bytes from_hex(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    throw std::runtime_error("not hexadecimal");
  };
  if (text.size() % 2 != 0) throw std::runtime_error("odd number of hexadecimal digits");
  mibun::Bytes out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    out.push_back(static_cast<std::uint8_t>(digit(text[i]) * 16 + digit(text[i + 1])));
  }
  return out;
}
