#include "platform/qr/svg.h"

#include "core/codecs/markup.h"

namespace mibun::qr {
namespace {

constexpr std::size_t kQuiet = 4;

// A row of dark modules that lie side by side.
std::string run(std::size_t x, std::size_t y, std::size_t width) {
  const std::string length = std::to_string(width);
  return "M" + std::to_string(x + kQuiet) + " " + std::to_string(y + kQuiet) + "h" + length + "v1h-" + length + "z";
}

std::string path_of(const Symbol& symbol) {
  std::string path;
  for (std::size_t y = 0; y < symbol.size(); ++y) {
    for (std::size_t x = 0; x < symbol.size(); ++x) {
      const std::size_t begin = x;
      while (x < symbol.size() && symbol.is_dark(x, y)) ++x;
      if (x > begin) path += run(begin, y, x - begin);
    }
  }
  return path;
}

}  // namespace

std::string svg(const Symbol& symbol, std::string_view title) {
  const std::string said = title.empty() ? "" : "<title>" + escape_markup(title) + "</title>";
  const std::string side = std::to_string(symbol.size() + 2 * kQuiet);
  return R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 )" + side + " " + side +
         R"(" shape-rendering="crispEdges")" + (title.empty() ? "" : R"( role="img")") + ">" + said +
         R"(<path fill="#fff" d="M0 0h)" + side + "v" + side + R"(H0z"/><path fill="#000" d=")" + path_of(symbol) +
         R"("/></svg>)";
}

}  // namespace mibun::qr
