#pragma once

#include <cstddef>
#include <cstdint>

// Sixteen characters at a time, where the processor can. For files of core/codecs only.
namespace mibun::base64_vector {

// What was done of the front of a text; the rest is the caller's.
struct Done {
  std::size_t in = 0;   // characters of the text, or bytes to encode
  std::size_t out = 0;  // bytes, or characters
};

// Stops before the first group of 16 with a character that is not of the alphabet, and before the last 24 characters.
// `out` has room for the whole text. `plus` and `slash`: the alphabet's last two characters.
Done decode(const char* text, std::size_t size, std::uint8_t* out, char plus, char slash);

// Of fewer than 16 bytes nothing, of 18 and more every whole group of three.
Done encode(const std::uint8_t* bytes, std::size_t size, char* out, char plus, char slash);

}  // namespace mibun::base64_vector
