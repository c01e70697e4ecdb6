#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

// QR codes (ISO/IEC 18004), drawn by libqrencode.
namespace mibun::qr {

inline constexpr std::size_t kTextBytesMax = 2331;  // version 40 at error correction M

// A square of dark and light modules, without the quiet zone.
class Symbol {
 public:
  // `text`: bytes as they are, at error correction M. Errors: invalid_argument (empty, or longer than kTextBytesMax).
  static Result<Symbol> encode(std::string_view text);

  std::size_t size() const { return size_; }  // modules on a side: 21 to 177
  bool is_dark(std::size_t x, std::size_t y) const { return dark_[y * size_ + x]; }

 private:
  Symbol(std::size_t size, std::vector<bool> dark) : size_(size), dark_(std::move(dark)) {}
  std::size_t size_;
  std::vector<bool> dark_;  // row by row from the top left
};

// Whether the drawing may set its own colours. Without them light modules are drawn, for terminals with a dark ground.
enum class Colours { terminal, black_on_white };

// Lines of UTF-8 half blocks, two modules above each other in a character, with a quiet zone of four modules.
std::string half_blocks(const Symbol& symbol, Colours colours);

}  // namespace mibun::qr
