#include "core/base/decimal.h"

namespace mibun {

std::string decimal(std::uint64_t value, std::size_t width) {
  std::string text(width, '0');
  put_decimal(text.data(), width, value);
  return text;
}

}  // namespace mibun
