#include "core/codecs/utf8.h"

#include <doctest/doctest.h>

#include <string>

#include "core/codecs/http_message.h"

using namespace mibun;

namespace {

// UTF-8 as RFC 3629 writes a code point down.
std::string encode(unsigned c) {
  const auto byte = [](unsigned value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xc0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xe0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xf0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
}

}  // namespace

TEST_CASE("every code point but the surrogates, and none above the last") {
  bool right = true;
  for (unsigned c = 0; c < 0x120000; ++c) {
    const bool want = c < 0x110000 && (c < 0xd800 || c > 0xdfff);
    if (utf8::is_valid(encode(c)) != want) right = false;
  }
  CHECK(right);
}

TEST_CASE("overlong, cut and stray bytes at every offset of a block of eight") {
  for (std::size_t before = 0; before < 18; ++before) {
    const std::string head(before, 'a');
    CHECK(utf8::is_valid(head + "\xe6\x97\xa5"));
    for (const char* bad : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
                            "\xe6\x97", "\xf0\x9f\x98", "\xc2", "\xf5\x80\x80\x80", "\xff", "\xfe",
                            "\xe6\x97"
                            "a",
                            "\xed\xa0\x80"}) {
      CHECK(!utf8::is_valid(head + bad));
      CHECK(!utf8::is_valid(head + bad + "abcdefghijk"));
    }
  }
}

TEST_CASE("header names compare without case, media types without parameters") {
  HttpResponse response;
  response.headers = {
      {"Content-Type", "Application/JSON ; charset=utf-8"}, {"dpop-nonce", "first"}, {"DPoP-Nonce", "second"}};
  CHECK(response.header("DPOP-NONCE").value() == "first");
  CHECK(!response.header("dpop").has_value());
  CHECK(media_type(*response.header("content-type")) == "Application/JSON");
  CHECK(equal_ignoring_case(media_type(*response.header("content-type")), "application/json"));
  CHECK(!equal_ignoring_case("application/json", "application/jso"));
  CHECK(!equal_ignoring_case("a[", "a{"));
  CHECK(media_type("").empty());
}
