#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mibun {

// The last `width` decimal digits of `value`, with leading zeros: printf("%06llu") without its reading of a format, and
// in the browser's module without the whole of printf. Writes them to `out` and returns its end.
inline char* put_decimal(char* out, std::size_t width, std::uint64_t value) {
  for (std::size_t i = width; i-- > 0; value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + width;
}
std::string decimal(std::uint64_t value, std::size_t width);

}  // namespace mibun
