#include "core/codecs/base64url.h"

#include <doctest/doctest.h>

using namespace mibun;

namespace {

struct Pair {
  std::string_view plain, padded;
};
// RFC 4648, section 10.
constexpr Pair kRfc4648[] = {{"", ""},
                             {"f", "Zg=="},
                             {"fo", "Zm8="},
                             {"foo", "Zm9v"},
                             {"foob", "Zm9vYg=="},
                             {"fooba", "Zm9vYmE="},
                             {"foobar", "Zm9vYmFy"}};

std::string_view without_padding(std::string_view text) {
  return text.substr(0, text.find('='));
}

}  // namespace

TEST_CASE("RFC 4648 vectors in both alphabets and in hex") {
  for (const Pair& pair : kRfc4648) {
    INFO(pair.plain);
    CHECK(base64url::encode(pair.plain) == without_padding(pair.padded));
    CHECK(base64url::decode(without_padding(pair.padded)).value() == to_bytes(pair.plain));
    CHECK(base64::encode(as_bytes(pair.plain)) == pair.padded);
    CHECK(base64::decode(pair.padded).value() == to_bytes(pair.plain));
    CHECK(hex::decode(hex::encode(as_bytes(pair.plain))).value() == to_bytes(pair.plain));
  }
  CHECK(hex::encode(as_bytes("foobar")) == "666f6f626172");
}

TEST_CASE("the two alphabets differ in two characters") {
  const Bytes bytes = {0xfb, 0xff, 0xfe};
  CHECK(base64url::encode(bytes) == "-__-");
  CHECK(base64::encode(bytes) == "+//+");
  CHECK(base64url::decode("-__-").value() == bytes);
  CHECK(base64::decode("+//+").value() == bytes);
}

TEST_CASE("every length and byte survives") {
  for (std::size_t size = 0; size < 70; ++size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 + size);
    const std::string text = base64url::encode(bytes);
    CHECK(base64url::decoded_size(text.size()) == size);
    CHECK(base64url::decode(text).value() == bytes);
    CHECK(base64::decode(base64::encode(bytes)).value() == bytes);
  }
}

TEST_CASE("base64url refuses what is not its one form") {
  struct Row {
    std::string_view why, text;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"padding", "Zg==", ErrorCode::base64url_bad_character},
      {"padding only", "====", ErrorCode::base64url_bad_character},
      {"one character", "Z", ErrorCode::base64url_bad_length},
      {"five characters", "Zm9vY", ErrorCode::base64url_bad_length},
      {"standard plus", "+__-", ErrorCode::base64url_bad_character},
      {"standard slash", "//__", ErrorCode::base64url_bad_character},
      {"space inside", "Zm 9", ErrorCode::base64url_bad_character},
      {"line feed at the end", "Zm9\n", ErrorCode::base64url_bad_character},
      {"high byte", "Zm9\xff", ErrorCode::base64url_bad_character},
      {"NUL", std::string_view("Zm9\0", 4), ErrorCode::base64url_bad_character},
      {"bits left in two", "Zh", ErrorCode::base64url_trailing_bits},
      {"bits left in three", "Zm9", ErrorCode::base64url_trailing_bits},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto decoded = base64url::decode(row.text);
    REQUIRE(!decoded.has_value());
    CHECK(decoded.error().code == row.want);
  }
}

TEST_CASE("exactly 64 characters are in the alphabet, at every place of a quartet") {
  for (std::size_t place = 0; place < 4; ++place) {
    int accepted = 0;
    for (int c = 0; c < 256; ++c) {
      std::string text = "AAAA";
      text[place] = static_cast<char>(c);
      if (base64url::decode(text).has_value()) ++accepted;
    }
    CHECK(accepted == 64);
  }
}

TEST_CASE("base64 refuses missing or misplaced padding, whitespace, trailing bits") {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "=Zg=", "Z===", "Zm9v\n", "Zm 9", "Zh==", "Zm9=", "-__-", "Zg==Zg=="}) {
    INFO(text);
    const auto decoded = base64::decode(text);
    REQUIRE(!decoded.has_value());
    CHECK(decoded.error().code == ErrorCode::base64_malformed);
  }
}

TEST_CASE("hex refuses odd lengths and strangers") {
  for (const std::string_view text : {"0", "000", "0g", "g0", "0x", " 0", "0 "}) {
    INFO(text);
    const auto decoded = hex::decode(text);
    REQUIRE(!decoded.has_value());
    CHECK(decoded.error().code == ErrorCode::hex_malformed);
  }
  CHECK(!hex::decode(std::string_view("aAfF").substr(0, 3)).has_value());  // what follows the text is not of it
  CHECK(hex::decode("aAfF").value() == Bytes{0xaa, 0xff});
}

TEST_CASE("decode_into reports what it wrote and nothing more") {
  std::array<std::uint8_t, 8> out{};
  CHECK(base64url::decode_into("Zm9v", out).value() == 3);
  CHECK(out[3] == 0);
}

namespace {

// Bit by bit, as RFC 4648, section 4 describes it.
std::string slow_encode(BytesView bytes, std::string_view alphabet) {
  std::string text;
  std::uint32_t bits = 0, held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) text += alphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) text += alphabet[bits << (6 - held) & 63];
  return text;
}

}  // namespace

TEST_CASE("every length and every character, through the wide way and the narrow one") {
  constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::uint32_t state = 1;
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>((state = state * 1664525 + 1013904223) >> 24);
    const std::string text = base64url::encode(bytes);
    CHECK(text == slow_encode(bytes, kUrl));
    CHECK(base64url::decode(text).value() == bytes);
    const std::string padded = base64::encode(bytes);
    CHECK(padded.starts_with(slow_encode(bytes, kStandard)));
    CHECK(base64::decode(padded).value() == bytes);
    std::string appended = "x";
    base64url::append(appended, bytes);
    CHECK(appended == "x" + text);
  }
  const std::string good(64, 'A');
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text = good;
      text[at] = static_cast<char>(c);
      const bool known = kUrl.find(text[at]) != std::string_view::npos;
      REQUIRE(base64url::decode(text).has_value() == known);
      if (known) REQUIRE(base64url::encode(base64url::decode(text).value()) == text);
      const bool standard = kStandard.find(text[at]) != std::string_view::npos || (c == '=' && at == 63);
      REQUIRE(base64::decode(text).has_value() == standard);
    }
  }
}
