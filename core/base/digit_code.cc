#include "core/base/digit_code.h"

#include <cstdint>

#include "core/base/result.h"

namespace mibun {

// The values above the largest multiple are drawn again.
std::string make_digit_code(Rng& rng, std::size_t digits) {
  MIBUN_INVARIANT(digits >= 1 && digits <= 9);
  std::uint32_t count = 1;
  for (std::size_t i = 0; i < digits; ++i) count *= 10;
  const std::uint32_t limit = UINT32_MAX / count * count;
  std::uint32_t value = UINT32_MAX;
  while (value >= limit) {
    value = 0;
    for (const std::uint8_t byte : rng.bytes(4)) value = value << 8U | byte;
  }
  const std::string text = std::to_string(value % count);
  return std::string(digits - text.size(), '0') + text;
}

}  // namespace mibun
