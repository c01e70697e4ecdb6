#include "core/codecs/cbor_text.h"

#include <doctest/doctest.h>

#include <string>

#include "core/codecs/base64url.h"

using namespace mibun;

namespace {

Bytes from_hex(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  return hex::decode(digits).value();
}

}  // namespace

TEST_CASE("an element value becomes the JSON that stands for it") {
  struct Row {
    std::string_view why, hex, want;
  };
  static constexpr Row rows[] = {
      {"integer", "3863", "-100"},
      {"largest unsigned", "1bffffffffffffffff", "18446744073709551615"},
      {"least signed", "3b7fffffffffffffff", "-9223372036854775808"},
      {"bytes", "43010203", R"("AQID")"},
      {"bytes in chunks", "5f41014102ff", R"("AQI")"},
      {"text", "63e6b0b4", "\"\xe6\xb0\xb4\""},
      {"bignum", "c249010000000000000000", R"("AQAAAAAAAAAA")"},
      {"negative bignum", "c349010000000000000000", R"("~AQAAAAAAAAAA")"},
      {"tdate", "c074323031332d30332d32315432303a30343a30305a", R"("2013-03-21T20:04:00Z")"},
      {"full-date", "d903ec6a323032362d31312d3235", R"("2026-11-25")"},
      {"embedded", "d818420102", R"("AQI")"},
      {"tags in tags", "c1c11a514b67b0", "1363896240"},
      {"NaN", "f97e00", "null"},
      {"infinity", "f97c00", "null"},
      {"undefined", "f7", "null"},
      {"simple", "f0", "null"},
      {"null", "f6", "null"},
      {"nested", "a2 6161 83 f5 80 a0 6162 bf 01 02 20 9fff ff", R"({"a":[true,[],{}],"b":{"1":2,"-1":[]}})"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto value = cbor::to_json(from_hex(row.hex));
    REQUIRE(value.has_value());
    CHECK(json::serialize(*value) == row.want);
  }
  CHECK(cbor::to_json(from_hex("f93e00")).value().as_double() == 1.5);
}

TEST_CASE("what JSON cannot say is refused") {
  struct Row {
    std::string_view why, hex;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"below int64", "3b8000000000000000", ErrorCode::json_number_out_of_range},
      {"key is bytes", "a1410000", ErrorCode::cbor_wrong_type},
      {"key is an array", "a18000", ErrorCode::cbor_wrong_type},
      {"keys that become the same text", "a201006131 00", ErrorCode::json_duplicate_key},
      {"duplicate keys", "a201000100", ErrorCode::cbor_duplicate_key},
      {"two items", "0101", ErrorCode::cbor_trailing_bytes},
      {"cut", "8201", ErrorCode::cbor_truncated},
      {"too deep", "818181818181818181818181818181818100", ErrorCode::cbor_too_deep},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto value = cbor::to_json(from_hex(row.hex));
    REQUIRE(!value.has_value());
    CHECK(to_string(value.error().code) == to_string(row.want));
  }
  CHECK(cbor::to_json(from_hex("1800"), cbor::Form::deterministic).error().code == ErrorCode::cbor_not_shortest);
}

TEST_CASE("diagnostic notation shows every kind of item") {
  struct Row {
    std::string_view hex, want;
  };
  static constexpr Row rows[] = {
      {"5fff", "''_"},
      {"7fff", "\"\"_"},
      {"7f61616162ff", R"((_ "a", "b"))"},
      {"bf0001ff", "{_ 0: 1}"},
      {"a1820180f4", "{[1, []]: false}"},
      {"c1c202", "1(2(2))"},
      {"3bffffffffffffffff", "-18446744073709551616"},
      {"82f7f8ff", "[undefined, simple(255)]"},
      {"f95640", "100.0"},
  };
  for (const Row& row : rows) {
    INFO(row.hex);
    CHECK(cbor::diagnose(from_hex(row.hex)).value() == row.want);
  }
}
