#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// Character classes of RFC 9110 and RFC 3986 as one table.
namespace mibun::http {

enum CharacterClass : std::uint8_t {
  kTokenCharacter = 1,   // tchar
  kFieldCharacter = 2,   // VCHAR, obs-text, SP, HTAB
  kTargetCharacter = 4,  // pchar, "/", "?"; "%" needs a look at what follows
  kHostCharacter = 8,    // reg-name without percent escapes and sub-delims: letters, digits, "-", ".", "_"
  kHexDigit = 16,
};

namespace detail {

constexpr bool contains(std::string_view set, char c) {
  return set.find(c) != std::string_view::npos;
}
constexpr bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr std::array<std::uint8_t, 256> make_character_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned code = 0; code < 256; ++code) {
    const char c = static_cast<char>(code);
    const bool plain = is_letter_or_digit(c);
    unsigned bits = 0;
    if (plain || contains("!#$%&'*+-.^_`|~", c)) bits |= kTokenCharacter;
    if (code == '\t' || (code >= 0x20 && code != 0x7f)) bits |= kFieldCharacter;
    if (plain || contains("-._~!$&'()*+,;=:@/?%", c)) bits |= kTargetCharacter;
    if (plain || contains("-._", c)) bits |= kHostCharacter;
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= kHexDigit;
    classes[code] = static_cast<std::uint8_t>(bits);
  }
  return classes;
}

inline constexpr std::array<std::uint8_t, 256> kCharacterClasses = make_character_classes();

}  // namespace detail

constexpr bool is_in(CharacterClass wanted, char c) {
  return (detail::kCharacterClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

constexpr bool all_in(CharacterClass wanted, std::string_view text) {
  for (const char c : text) {
    if (!is_in(wanted, c)) return false;
  }
  return true;
}

}  // namespace mibun::http
