#include "platform/qr/symbol.h"

#include <doctest/doctest.h>

#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::qr;

namespace {

// The pattern at three corners by which a camera finds a QR code.
bool is_finder(const Symbol& symbol, std::size_t left, std::size_t top) {
  for (std::size_t y = 0; y < 7; ++y) {
    for (std::size_t x = 0; x < 7; ++x) {
      const bool ring = x == 0 || x == 6 || y == 0 || y == 6;
      const bool middle = x >= 2 && x <= 4 && y >= 2 && y <= 4;
      if (symbol.is_dark(left + x, top + y) != (ring || middle)) return false;
    }
  }
  return true;
}

std::size_t count(const std::string& text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

}  // namespace

TEST_CASE("a QR code has its three corners and grows with its text") {
  std::size_t before = 0;
  for (const std::size_t length : {std::size_t{1}, std::size_t{60}, std::size_t{400}, kTextBytesMax}) {
    const Symbol symbol = must(Symbol::encode("mdoc:" + std::string(length - std::min<std::size_t>(length, 5), 'a')));
    CHECK(symbol.size() % 4 == 1);
    CHECK(is_finder(symbol, 0, 0));
    CHECK(is_finder(symbol, symbol.size() - 7, 0));
    CHECK(is_finder(symbol, 0, symbol.size() - 7));
    CHECK(symbol.size() >= before);
    before = symbol.size();
  }
  CHECK(before == 177);
}

TEST_CASE("what a QR code cannot hold") {
  CHECK(code_of(Symbol::encode("")) == ErrorCode::invalid_argument);
  CHECK(code_of(Symbol::encode(std::string(kTextBytesMax + 1, 'a'))) == ErrorCode::invalid_argument);
}

TEST_CASE("half blocks: a quiet zone around, every module once, no colours unless asked for") {
  const Symbol symbol = must(Symbol::encode("mdoc:"));
  REQUIRE(symbol.size() == 21);
  const std::string plain = half_blocks(symbol, Colours::terminal);
  CHECK(count(plain, "\n") == 15);  // 29 rows, two to a line
  CHECK(plain.find('\033') == std::string::npos);
  std::string quiet;
  for (int i = 0; i < 29; ++i) quiet += "\u2588";
  CHECK(plain.starts_with(quiet + "\n" + quiet + "\n"));
  std::size_t light = 29 * 29;
  for (std::size_t y = 0; y < 21; ++y) {
    for (std::size_t x = 0; x < 21; ++x) light -= symbol.is_dark(x, y) ? 1 : 0;
  }
  CHECK(2 * count(plain, "\u2588") + count(plain, "\u2580") + count(plain, "\u2584") == light);
  const std::string coloured = half_blocks(symbol, Colours::black_on_white);
  CHECK(count(coloured, "\033[30;107m") == 15);
  CHECK(2 * count(coloured, "\u2588") + count(coloured, "\u2580") + count(coloured, "\u2584") == 29 * 29 - light);
}
