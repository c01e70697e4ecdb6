#include "core/codecs/json.h"

#include <doctest/doctest.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/static_resource.hpp>
#include <string>
#include <vector>

using namespace mibun;

namespace {

struct Row {
  std::string_view why;
  std::string text;
  ErrorCode want;
};

void check_refused(const std::vector<Row>& rows, const json::Limits& limits = {}) {
  for (const Row& row : rows) {
    INFO(row.why);
    const auto parsed = json::parse(row.text, limits);
    REQUIRE(!parsed.has_value());
    CHECK(to_string(parsed.error().code) == to_string(row.want));
  }
}

std::string repeat(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("what RFC 8259 allows passes") {
  for (const std::string_view text : {"null",
                                      "true",
                                      " [] ",
                                      "{}",
                                      "\"\"",
                                      "0",
                                      "-0",
                                      "1.5e10",
                                      "1E-2",
                                      "[1,2]",
                                      "{\"a\":{\"a\":{\"a\":1}}}",
                                      "\t\n\r [\n]\n",
                                      "\"\\u0041\\uD83D\\uDE00\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                      "\"日本\"",
                                      "\"\x7f\"",
                                      "\"\\u0000\"",
                                      "[[],{}]",
                                      "1e-999",
                                      "\"\xf4\x8f\xbf\xbf\"",
                                      "{\"\":0}",
                                      "{\"a\":1,\"A\":2}"}) {
    INFO(text);
    CHECK(json::parse(text).has_value());
  }
}

TEST_CASE("values arrive as written") {
  const auto value =
      json::parse(R"({"s":"\u0000x\uD83D\uDE00","i":-9223372036854775808,"u":18446744073709551615,"d":0.5})").value();
  CHECK(value.at("s").as_string() == boost::json::string_view("\0x\xf0\x9f\x98\x80", 6));
  CHECK(value.at("i").as_int64() == std::numeric_limits<std::int64_t>::min());
  CHECK(value.at("u").as_uint64() == std::numeric_limits<std::uint64_t>::max());
  CHECK(value.at("d").as_double() == 0.5);
}

TEST_CASE("what is not JSON is refused") {
  check_refused({
      {"nothing", "", ErrorCode::json_malformed},
      {"blanks", "  ", ErrorCode::json_malformed},
      {"byte order mark", "\xef\xbb\xbf{}", ErrorCode::json_malformed},
      {"UTF-16", std::string("{\0}\0", 4), ErrorCode::json_malformed},
      {"trailing value", "1 2", ErrorCode::json_malformed},
      {"trailing bracket", "[]]", ErrorCode::json_malformed},
      {"trailing NUL", std::string("{}\0", 3), ErrorCode::json_malformed},
      {"trailing comma in array", "[1,]", ErrorCode::json_malformed},
      {"trailing comma in object", "{\"a\":1,}", ErrorCode::json_malformed},
      {"leading comma", "[,1]", ErrorCode::json_malformed},
      {"two commas", "[1,,2]", ErrorCode::json_malformed},
      {"line comment", "[] // x", ErrorCode::json_malformed},
      {"block comment", "/**/[]", ErrorCode::json_malformed},
      {"single quotes", "['a']", ErrorCode::json_malformed},
      {"bare key", "{a:1}", ErrorCode::json_malformed},
      {"number as key", "{1:1}", ErrorCode::json_malformed},
      {"missing colon", "{\"a\" 1}", ErrorCode::json_malformed},
      {"missing value", "{\"a\":}", ErrorCode::json_malformed},
      {"key alone", "{\"a\"}", ErrorCode::json_malformed},
      {"unclosed array", "[1", ErrorCode::json_malformed},
      {"unclosed object", "{\"a\":1", ErrorCode::json_malformed},
      {"unclosed string", "\"abc", ErrorCode::json_malformed},
      {"wrong closer", "[1}", ErrorCode::json_malformed},
      {"capital literal", "True", ErrorCode::json_malformed},
      {"cut literal", "nul", ErrorCode::json_malformed},
      {"NaN", "NaN", ErrorCode::json_malformed},
      {"Infinity", "Infinity", ErrorCode::json_malformed},
      {"minus Infinity", "-Infinity", ErrorCode::json_malformed},
      {"leading zero", "01", ErrorCode::json_malformed},
      {"minus leading zero", "-01", ErrorCode::json_malformed},
      {"plus", "+1", ErrorCode::json_malformed},
      {"bare minus", "-", ErrorCode::json_malformed},
      {"no digit before point", ".5", ErrorCode::json_malformed},
      {"no digit after point", "1.", ErrorCode::json_malformed},
      {"no exponent digits", "1e", ErrorCode::json_malformed},
      {"no exponent digits after sign", "1e+", ErrorCode::json_malformed},
      {"hexadecimal", "0x10", ErrorCode::json_malformed},
      {"full-width digit", "\xef\xbc\x91", ErrorCode::json_malformed},
      {"raw line feed in string", "\"a\nb\"", ErrorCode::json_malformed},
      {"raw tab in string", "\"a\tb\"", ErrorCode::json_malformed},
      {"raw NUL in string", std::string("\"\0\"", 3), ErrorCode::json_malformed},
      {"unknown escape", "\"\\x41\"", ErrorCode::json_malformed},
      {"cut escape", "\"\\u00", ErrorCode::json_malformed},
      {"short unicode escape", "\"\\u004\"", ErrorCode::json_malformed},
      {"lone high surrogate", "\"\\uD800\"", ErrorCode::json_malformed},
      {"lone low surrogate", "\"\\uDC00\"", ErrorCode::json_malformed},
      {"two high surrogates", "\"\\uD800\\uD800\"", ErrorCode::json_malformed},
      {"swapped surrogates", "\"\\uDE00\\uD83D\"", ErrorCode::json_malformed},
      {"high surrogate and letter", "\"\\uD800A\"", ErrorCode::json_malformed},
      {"lone surrogate in a key", "{\"\\uDC00\":1}", ErrorCode::json_malformed},
      {"continuation byte alone", "\"\x80\"", ErrorCode::json_malformed},
      {"byte ff", "\"\xff\"", ErrorCode::json_malformed},
      {"overlong slash", "\"\xc0\xaf\"", ErrorCode::json_malformed},
      {"overlong three", "\"\xe0\x80\xaf\"", ErrorCode::json_malformed},
      {"raw surrogate", "\"\xed\xa0\x80\"", ErrorCode::json_malformed},
      {"above the last code point", "\"\xf4\x90\x80\x80\"", ErrorCode::json_malformed},
      {"cut sequence", "\"\xe6\x97\"", ErrorCode::json_malformed},
      {"no-break space outside", "\xc2\xa0[]", ErrorCode::json_malformed},
      {"form feed outside", "\f[]", ErrorCode::json_malformed},
  });
}

TEST_CASE("duplicate keys are refused at every depth, however they are written") {
  std::string wide = "{";
  for (int i = 0; i < 400; ++i) wide += "\"k" + std::to_string(i) + "\":0,";
  check_refused({
      {"side by side", R"({"a":1,"a":2})", ErrorCode::json_duplicate_key},
      {"same value", R"({"a":1,"a":1})", ErrorCode::json_duplicate_key},
      {"escaped", R"({"a":1,"\u0061":2})", ErrorCode::json_duplicate_key},
      {"empty", R"({"":1,"":2})", ErrorCode::json_duplicate_key},
      {"nested", R"({"x":{"a":1,"b":2,"a":3}})", ErrorCode::json_duplicate_key},
      {"in an array", R"([1,[{"a":1,"a":2}]])", ErrorCode::json_duplicate_key},
      {"inside what a duplicate hides", R"({"a":{"b":1,"b":2},"a":{}})", ErrorCode::json_duplicate_key},
      {"hidden members make up for lost ones", R"({"a":{"b":1},"a":{"c":1,"d":2}})", ErrorCode::json_duplicate_key},
      {"in a wide object", wide + R"("k7":1})", ErrorCode::json_duplicate_key},
      {"with NUL", R"({"a\u0000":1,"a\u0000":2})", ErrorCode::json_duplicate_key},
  });
  CHECK(json::parse(R"({"a\u0000":1,"a":2})").has_value());
  CHECK(json::parse(wide + R"("last":1})").has_value());
}

TEST_CASE("numbers stay exact or are refused") {
  check_refused({
      {"2^64", "18446744073709551616", ErrorCode::json_number_out_of_range},
      {"-2^63-1", "-9223372036854775809", ErrorCode::json_number_out_of_range},
      {"forty digits", repeat("1234567890", 4), ErrorCode::json_number_out_of_range},
      {"1e400", "1e400", ErrorCode::json_number_out_of_range},
      {"-1e400", "[-1e400]", ErrorCode::json_number_out_of_range},
      {"1e99999999999", "1e99999999999", ErrorCode::json_malformed},
      {"2^64 in an object", "{\"exp\":18446744073709551616}", ErrorCode::json_number_out_of_range},
  });
}

TEST_CASE("limits hold at their edge") {
  CHECK(json::parse(repeat("[", 16) + repeat("]", 16)).has_value());
  check_refused({{"one deeper than anything is read", repeat("[", 17) + repeat("]", 17), ErrorCode::json_too_deep}});
  json::Limits limits;
  limits.depth_max = 3;
  CHECK(json::parse("[[[1]]]", limits).has_value());
  CHECK(json::parse(R"({"a":[{}]})", limits).has_value());
  check_refused({{"one deeper", "[[[[]]]]", ErrorCode::json_too_deep},
                 {"far deeper", repeat("[", 60'000), ErrorCode::json_too_deep}},
                limits);

  limits = {};
  limits.values_max = 4;
  CHECK(json::parse("[1,2,3]", limits).has_value());
  CHECK(json::parse(R"({"a":1,"b":2,"c":3})", limits).has_value());
  check_refused({{"one more", "[1,2,3,4]", ErrorCode::json_too_large},
                 {"objects count", "[{},{},[],[]]", ErrorCode::json_too_large},
                 {"every kind counts", R"([null,true,"s",1.5])", ErrorCode::json_too_large}},
                limits);

  limits = {};
  limits.bytes_max = 5;
  CHECK(json::parse("[1,2]", limits).has_value());
  check_refused({{"one byte more", "[1,2] ", ErrorCode::json_too_large}}, limits);

  std::string many = "{\"x\":0";
  for (int i = 0; i < 1024; ++i) many += ",\"k" + std::to_string(i) + "\":0";
  check_refused({{"an object of 1025 members", many + "}", ErrorCode::json_too_large}});
}

TEST_CASE("an arena is used and a full one is an error, not an exception") {
  unsigned char buffer[4096];
  boost::json::monotonic_resource arena(buffer, sizeof buffer);
  const auto object =
      json::parse_object(R"({"a":[1,2,{"b":"long enough to need memory of its own"}]})", {}, &arena).value();
  CHECK(object.storage().get() == &arena);
  CHECK(object.at("a").as_array().storage().get() == &arena);

  unsigned char small[64];
  boost::json::static_resource full(small, sizeof small);
  CHECK(json::parse(R"({"a":[1,2,3,4,5,6,7,8,9]})", {}, &full).error().code == ErrorCode::json_too_large);
}

TEST_CASE("parse_object wants an object") {
  for (const char* text : {"[]", "1", "null", "\"{}\""}) {
    const auto parsed = json::parse_object(text);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::json_wrong_type);
  }
}

TEST_CASE("every cut prefix is refused and no flipped byte does harm") {
  const std::string text = R"({"iss":"https://a.example","n":[1,-2,3.5e1,true,null],"o":{"日":"\u65e5\n"}})";
  REQUIRE(json::parse(text).has_value());
  for (std::size_t size = 0; size < text.size(); ++size) CHECK(!json::parse(text.substr(0, size)).has_value());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = text;
      changed[i] = static_cast<char>(value);
      const auto parsed = json::parse(changed);
      if (parsed) CHECK(json::parse(json::serialize(*parsed)).value() == *parsed);
    }
  }
}

TEST_CASE("ObjectReader reads each kind and names the place of a fault") {
  const auto object =
      json::parse_object(R"({"s":"x","i":-5,"u":18446744073709551615,"b":true,"o":{},"a":["p","q"],"d":1.0,"n":null})")
          .value();
  json::ObjectReader reader(object, "request");
  CHECK(reader.string("s").value() == "x");
  CHECK(reader.integer("i").value() == -5);
  CHECK(reader.boolean("b").value());
  CHECK(reader.object("o").value()->empty());
  CHECK(json::string_array(*reader.array("a").value(), "request.a").value() == std::vector<std::string>{"p", "q"});
  CHECK(!reader.optional_string("absent").value().has_value());
  CHECK(reader.optional_object("absent").value() == nullptr);
  CHECK(reader.optional_any("absent") == nullptr);

  struct Fault {
    Error error;
    ErrorCode want;
    std::string_view where;
  };
  const Fault faults[] = {
      {reader.string("absent").error(), ErrorCode::json_missing_member, "request.absent"},
      {reader.string("i").error(), ErrorCode::json_wrong_type, "request.i"},
      {reader.string("n").error(), ErrorCode::json_wrong_type, "request.n"},
      {reader.optional_string("n").error(), ErrorCode::json_wrong_type, "request.n"},
      {reader.integer("u").error(), ErrorCode::json_wrong_type, "request.u"},
      {reader.integer("d").error(), ErrorCode::json_wrong_type, "request.d"},
      {reader.integer("b").error(), ErrorCode::json_wrong_type, "request.b"},
      {reader.boolean("i").error(), ErrorCode::json_wrong_type, "request.i"},
      {reader.object("a").error(), ErrorCode::json_wrong_type, "request.a"},
      {reader.array("o").error(), ErrorCode::json_wrong_type, "request.o"},
      {reader.any("absent").error(), ErrorCode::json_missing_member, "request.absent"},
  };
  for (const Fault& fault : faults) {
    CHECK(fault.error.code == fault.want);
    CHECK(fault.error.where == fault.where);
  }
}

TEST_CASE("finish refuses a member nobody asked for") {
  const auto object = json::parse_object(R"({"a":1,"b":2})").value();
  json::ObjectReader reader(object, "body");
  CHECK(reader.integer("a").has_value());
  const auto status = reader.finish();
  REQUIRE(!status.has_value());
  CHECK(status.error().code == ErrorCode::json_unknown_member);
  CHECK(reader.optional_any("b") != nullptr);
  CHECK(reader.finish().has_value());
}

TEST_CASE("string_array names the element that is none") {
  const auto array = json::parse(R"(["a",1])").value().as_array();
  const auto strings = json::string_array(array, "list");
  REQUIRE(!strings.has_value());
  CHECK(strings.error().code == ErrorCode::json_wrong_type);
  CHECK(strings.error().where == "list[1]");
}
