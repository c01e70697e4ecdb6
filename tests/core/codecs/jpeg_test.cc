#include "core/codecs/jpeg.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>

#include "tests/support/test_jpeg.h"

using namespace mibun;

namespace {

constexpr std::size_t kSofAt = 16;  // in a TestJpeg

Bytes with(const std::function<void(Bytes&)>& change) {
  Bytes file = TestJpeg{}.bytes();
  change(file);
  return file;
}
void insert(Bytes& file, std::size_t at, const Bytes& what) {
  file.insert(file.begin() + static_cast<std::ptrdiff_t>(at), what.begin(), what.end());
}

}  // namespace

TEST_CASE("a picture's size is read, whichever of the three kinds of frame it has") {
  for (const std::uint8_t frame : Bytes{0xc0, 0xc1, 0xc2}) {
    const auto size = jpeg::read_size(TestJpeg{.width = 65'535, .height = 1, .frame = frame}.bytes());
    REQUIRE(size.has_value());
    CHECK(size->width == 65'535);
    CHECK(size->height == 1);
  }
  CHECK(jpeg::read_size(TestJpeg{.scan_bytes = 3'000'000}.bytes()).has_value());
}

TEST_CASE("fill bytes before a marker, comments, and the scans of a progressive picture are allowed") {
  CHECK(jpeg::read_size(with([](Bytes& file) { insert(file, kSofAt, {0xff, 0xff}); })).has_value());
  CHECK(jpeg::read_size(with([](Bytes& file) { insert(file, kSofAt, {0xff, 0xfe, 0, 4, 'h', 'i'}); })).has_value());
  CHECK(jpeg::read_size(with([](Bytes& file) {
          insert(file, file.size() - 2, {0xff, 0xc4, 0, 2, 0xff, 0xda, 0, 2, 1, 2, 3});
        })).has_value());
}

TEST_CASE("what is no whole picture, or more than one, is refused") {
  struct Row {
    const char* why;
    Bytes file;
  };
  const Row rows[] = {
      {"nothing", {}},
      {"a PNG", {0x89, 'P', 'N', 'G', 13, 10, 26, 10}},
      {"only a beginning and an end", {0xff, 0xd8, 0xff, 0xd9}},
      {"another beginning", with([](Bytes& file) { file[1] = 0xd9; })},
      {"a byte after the end", with([](Bytes& file) { file.push_back(0); })},
      {"a second picture after the end", with([](Bytes& file) { insert(file, file.size(), TestJpeg{}.bytes()); })},
      {"a second beginning", with([](Bytes& file) { insert(file, 2, {0xff, 0xd8}); })},
      {"a second frame", with([](Bytes& file) {
         const Bytes frame(file.begin() + kSofAt, file.begin() + kSofAt + 19);
         insert(file, kSofAt, frame);
       })},
      {"a scan before the frame", with([](Bytes& file) { insert(file, kSofAt, {0xff, 0xda, 0, 2}); })},
      {"no scan", with([](Bytes& file) {
         file.resize(kSofAt + 19);
         insert(file, file.size(), {0xff, 0xd9});
       })},
      {"no frame", with([](Bytes& file) {
         file.resize(kSofAt);
         insert(file, file.size(), {0xff, 0xd9});
       })},
      {"a lossless frame", TestJpeg{.frame = 0xc3}.bytes()},
      {"a hierarchical frame", TestJpeg{.frame = 0xc5}.bytes()},
      {"an arithmetic frame", TestJpeg{.frame = 0xc9}.bytes()},
      {"a height that comes later", with([](Bytes& file) { insert(file, file.size() - 2, {0xff, 0xdc, 0, 4, 1, 0}); })},
      {"no width", TestJpeg{.width = 0}.bytes()},
      {"no height", TestJpeg{.height = 0}.bytes()},
      {"twelve bits", with([](Bytes& file) { file[kSofAt + 4] = 12; })},
      {"two components", with([](Bytes& file) { file[kSofAt + 9] = 2; })},
      {"four components", with([](Bytes& file) { file[kSofAt + 9] = 4; })},
      {"one component, with the bytes of three", with([](Bytes& file) { file[kSofAt + 9] = 1; })},
      {"a frame header that is cut off", with([](Bytes& file) { file[kSofAt + 3] = 5; })},
      {"a segment shorter than its length", with([](Bytes& file) { file[5] = 1; })},
      {"a segment that is longer than the file", with([](Bytes& file) { file[4] = 0xff; })},
      {"more segments than a picture has", with([](Bytes& file) {
         for (int i = 0; i < 1000; ++i) insert(file, 2, {0xff, 0xfe, 0, 2});
       })},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto size = jpeg::read_size(row.file);
    REQUIRE_FALSE(size.has_value());
    CHECK(size.error().code == ErrorCode::photo_malformed);
  }
}

TEST_CASE("every cut prefix of a picture is refused") {
  const Bytes whole = TestJpeg{.scan_bytes = 8}.bytes();
  REQUIRE(jpeg::read_size(whole).has_value());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO(length);
    CHECK_FALSE(jpeg::read_size(BytesView(whole).first(length)).has_value());
  }
}
