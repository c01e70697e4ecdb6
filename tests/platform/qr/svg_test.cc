#include "platform/qr/svg.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <vector>

using namespace mibun;

namespace {

// Which modules the runs "Mx yhN..." of the drawing cover, the quiet zone left out.
std::vector<bool> drawn(const std::string& svg, std::size_t size) {
  std::vector<bool> modules(size * size, false);
  for (std::size_t at = svg.find("fill=\"#000\""); at != std::string::npos; ++at) {
    at = svg.find('M', at);
    if (at == std::string::npos) break;
    std::size_t x = 0, y = 0, width = 0;
    REQUIRE(std::sscanf(svg.c_str() + at, "M%zu %zuh%zu", &x, &y, &width) == 3);
    for (std::size_t i = 0; i < width; ++i) modules[(y - 4) * size + (x - 4) + i] = true;
  }
  return modules;
}

}  // namespace

TEST_CASE("an SVG says what it is to a screen reader, as text only") {
  const auto symbol = qr::Symbol::encode("mibun");
  REQUIRE(symbol.has_value());
  CHECK(qr::svg(*symbol).find("title") == std::string::npos);
  const std::string svg = qr::svg(*symbol, "offer <script>&");
  CHECK(svg.find(" role=\"img\"><title>offer &lt;script&gt;&amp;</title>") != std::string::npos);
  CHECK(svg.find("<script>") == std::string::npos);
}

TEST_CASE("an SVG draws each dark module and no other") {
  for (const std::string_view text :
       {"mibun", "openid4vp://?client_id=x509_hash%3Aabc&request_uri=https%3A%2F%2Fa.example%2F1"}) {
    const auto symbol = qr::Symbol::encode(text);
    REQUIRE(symbol.has_value());
    const std::string svg = qr::svg(*symbol);
    const std::string side = std::to_string(symbol->size() + 8);
    CHECK(svg.find("viewBox=\"0 0 " + side + " " + side + "\"") != std::string::npos);
    const auto modules = drawn(svg, symbol->size());
    for (std::size_t y = 0; y < symbol->size(); ++y) {
      for (std::size_t x = 0; x < symbol->size(); ++x) CHECK(modules[y * symbol->size() + x] == symbol->is_dark(x, y));
    }
  }
}
