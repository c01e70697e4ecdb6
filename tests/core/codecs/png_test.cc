#include "core/codecs/png.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "tests/support/test_png.h"

using namespace mibun;

namespace {

const Bytes kData = TestPng::chunk("IDAT", {1, 2, 3}), kEnd = TestPng::chunk("IEND"), kHeader = TestPng{}.header();

}  // namespace

TEST_CASE("a picture that another program wrote, and one in several pieces, have their size") {
  // 16 x 16, by Pillow: the logo in server/issuance/configurations.cc.
  const auto logo = base64url::decode(
      "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAOElEQVR42mOQ9Z9IEmIYIA3_wYBYDf-RAGEN_zEAtTWQ7CRyPE3LePiPA2DX8"
      "B8voFjDfyIAmRoACEOVENZ5t2MAAAAASUVORK5CYII");
  REQUIRE(logo.has_value());
  const auto size = png::read_size(*logo);
  REQUIRE(size.has_value());
  CHECK(size->width == 16);
  CHECK(size->height == 16);
  const auto pieces = png::read_size(
      TestPng::file({TestPng{.width = 1, .height = 0x7fffffff}.header(8, 3), TestPng::chunk("gAMA", {0, 0, 1, 1}),
                     TestPng::chunk("PLTE", {1, 2, 3}), kData, kData, TestPng::chunk("tEXt", {'a', 0, 'b'}), kEnd}));
  REQUIRE(pieces.has_value());
  CHECK(pieces->height == 0x7fffffff);
}

TEST_CASE("what is no whole picture, moves, or has more in it than a picture is refused") {
  struct Row {
    const char* why;
    Bytes file;
  };
  const Row rows[] = {
      {"nothing", {}},
      {"a JPEG", {0xff, 0xd8, 0xff, 0xd9}},
      {"no header", TestPng::file({kData, kEnd})},
      {"another chunk where the header must be",
       TestPng::file({TestPng::chunk("tEXt", {0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0}), kData, kEnd})},
      {"a second header", TestPng::file({kHeader, kHeader, kData, kEnd})},
      {"a header that is too long", TestPng::file({TestPng::chunk("IHDR", Bytes(14, 1)), kData, kEnd})},
      {"no width", TestPng{.width = 0}.bytes()},
      {"no height", TestPng{.height = 0}.bytes()},
      {"a width that no PNG has", TestPng{.width = 0x80000000}.bytes()},
      {"a depth that its colours do not have", TestPng::file({TestPng{}.header(4, 2), kData, kEnd})},
      {"colours that there are not", TestPng::file({TestPng{}.header(8, 5), kData, kEnd})},
      {"no image data", TestPng::file({kHeader, kEnd})},
      {"image data in two places", TestPng::file({kHeader, kData, TestPng::chunk("tIME", Bytes(7)), kData, kEnd})},
      {"two palettes", TestPng::file({kHeader, TestPng::chunk("PLTE"), TestPng::chunk("PLTE"), kData, kEnd})},
      {"a palette after the data", TestPng::file({kHeader, kData, TestPng::chunk("PLTE"), kEnd})},
      {"an animation", TestPng::file({kHeader, TestPng::chunk("acTL", Bytes(8)), kData, kEnd})},
      {"a frame of one", TestPng::file({kHeader, kData, TestPng::chunk("fdAT", Bytes(8)), kEnd})},
      {"something that a reader must know", TestPng::file({kHeader, TestPng::chunk("ABCD"), kData, kEnd})},
      {"an end with something in it", TestPng::file({kHeader, kData, TestPng::chunk("IEND", {1})})},
      {"a byte after the end", TestPng::file({kHeader, kData, kEnd, {0}})},
      {"a second end", TestPng::file({kHeader, kData, kEnd, kEnd})},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto size = png::read_size(row.file);
    REQUIRE(!size.has_value());
    CHECK(size.error().code == ErrorCode::photo_malformed);
  }
}

TEST_CASE("every cut prefix and every flipped byte of a picture is refused") {
  const Bytes whole = TestPng{}.bytes();
  REQUIRE(png::read_size(whole).has_value());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CHECK(!png::read_size(BytesView(whole).first(length)).has_value());
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes changed = whole;
    changed[at] ^= 0x01;
    CHECK(!png::read_size(changed).has_value());
  }
}
