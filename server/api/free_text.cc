#include "server/api/free_text.h"

#include <algorithm>

namespace mibun::server {

bool is_plain_text(std::string_view text) {
  unsigned char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7F) return false;
    if (before == 0xC2 && byte < 0xA0) return false;  // C1 has two bytes in UTF-8
    before = byte;
  }
  return true;
}

bool is_blank(std::string_view text) {
  constexpr std::string_view kIdeographicSpace = "\u3000";
  while (!text.empty()) {
    if (text.starts_with(kIdeographicSpace)) {
      text.remove_prefix(kIdeographicSpace.size());
    } else if (text.front() == ' ' || text.front() == '\n') {
      text.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

std::size_t count_characters(std::string_view text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  return static_cast<std::size_t>(std::ranges::count_if(text, begins));
}

}  // namespace mibun::server
