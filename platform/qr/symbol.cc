#include "platform/qr/symbol.h"

#include <qrencode.h>

#include <array>
#include <memory>

namespace mibun::qr {
namespace {

constexpr std::size_t kQuietZone = 4;

struct FreeCode {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

Result<Symbol> Symbol::encode(std::string_view text) {
  if (text.empty() || text.size() > kTextBytesMax) {
    return fail(ErrorCode::invalid_argument, "text", "a QR code holds 1 to 2331 bytes");
  }
  const std::unique_ptr<QRcode, FreeCode> code(QRcode_encodeData(
      static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M));
  if (!code) return fail(ErrorCode::internal_error, "qr", "the library could not draw it");
  const auto size = static_cast<std::size_t>(code->width);
  std::vector<bool> dark(size * size);
  for (std::size_t i = 0; i < dark.size(); ++i) dark[i] = (code->data[i] & 1) != 0;
  return Symbol(size, std::move(dark));
}

std::string half_blocks(const Symbol& symbol, Colours colours) {
  // By how many of the two modules are drawn: upper, lower.
  static constexpr std::array<std::string_view, 4> kBlocks{" ", "\u2584", "\u2580", "\u2588"};
  const bool draws_dark = colours == Colours::black_on_white;
  const std::size_t side = symbol.size() + 2 * kQuietZone;
  const auto is_drawn = [&](std::size_t x, std::size_t y) {
    const bool inside = x >= kQuietZone && y >= kQuietZone && x < side - kQuietZone && y < side - kQuietZone;
    if (y >= side) return false;  // below the last row, when their number is odd
    return (inside && symbol.is_dark(x - kQuietZone, y - kQuietZone)) == draws_dark;
  };
  std::string drawn;
  for (std::size_t y = 0; y < side; y += 2) {
    if (draws_dark) drawn += "\033[30;107m";
    for (std::size_t x = 0; x < side; ++x) {
      drawn += kBlocks[(is_drawn(x, y) ? 2U : 0U) + (is_drawn(x, y + 1) ? 1U : 0U)];
    }
    if (draws_dark) drawn += "\033[0m";
    drawn += '\n';
  }
  return drawn;
}

}  // namespace mibun::qr
