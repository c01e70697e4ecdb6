#include <doctest/doctest.h>

#include <charconv>
#include <cmath>
#include <regex>
#include <string>

#include "core/codecs/base64url.h"
#include "core/codecs/cbor.h"
#include "core/codecs/cbor_text.h"
#include "tests/support/vectors.h"

using namespace mibun;
using cbor::Form;

namespace {

Bytes from_hex(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  return hex::decode(digits).value();
}

// One example of appendix A; `meaning` is the text behind "decoded" or "diagnostic".
struct Example {
  std::string hex, kind, meaning;
  bool shortest;
};

std::vector<Example> appendix_a() {
  const std::string text = read_vector("cbor-rfc8949/appendix_a.json");
  const std::regex entry(
      R"re("hex": "([0-9a-f]+)",\s+"roundtrip": (true|false),\s+"(decoded|diagnostic)": ([^]*?)\n  \})re");
  std::vector<Example> examples;
  for (std::sregex_iterator it(text.begin(), text.end(), entry), end; it != end; ++it) {
    examples.push_back({(*it)[1], (*it)[3], (*it)[4], (*it)[2] == "true"});
  }
  return examples;
}

// The JSON text of the example against what we make of it. Numbers that JSON libraries do not keep are compared by
// their digits.
void check_meaning(const Example& example, const std::string& diagnosis) {
  const Bytes item = from_hex(example.hex);
  if (example.kind == "diagnostic") {
    const std::string wanted(json::parse(example.meaning).value().as_string());
    CHECK(diagnosis == wanted);
    return;
  }
  if (diagnosis.starts_with("2(h'") || diagnosis.starts_with("3(h'")) {
    // A bignum: tag and bytes. Its decimal digits stand in the vector.
    CHECK(example.meaning == (diagnosis.front() == '2' ? "18446744073709551616" : "-18446744073709551617"));
    CHECK(diagnosis.substr(1) == "(h'010000000000000000')");
    return;
  }
  if (diagnosis == "-18446744073709551616") {
    CHECK(example.meaning == diagnosis);
    CHECK(cbor::to_json(item).error().code == ErrorCode::json_number_out_of_range);
    return;
  }
  const auto wanted = json::parse(example.meaning).value();
  const auto found = cbor::to_json(item).value();
  if (wanted.is_double()) {
    CHECK(found.as_double() == std::stod(example.meaning));
    CHECK(std::stod(diagnosis) == std::stod(example.meaning));
    CHECK(diagnosis.find_first_of(".e") != std::string::npos);
  } else {
    CHECK(found == wanted);
  }
}

struct Refused {
  std::string_view why;
  std::vector<std::string_view> items;
  ErrorCode want;
};

}  // namespace

TEST_CASE("RFC 8949 appendix A: every example means what it says, in the forms that take it") {
  int shortest = 0, indefinite = 0, longer = 0, malformed = 0;
  for (const Example& example : appendix_a()) {
    INFO(example.hex);
    const Bytes item = from_hex(example.hex);
    const auto strict = cbor::check_well_formed(item, Form::deterministic);
    const auto loose = cbor::check_well_formed(item, Form::well_formed);
    if (example.hex == "f818") {  // simple(24) in two bytes: RFC 8949 calls it not well-formed, RFC 7049 did not
      CHECK(strict.error().code == ErrorCode::cbor_malformed);
      CHECK(loose.error().code == ErrorCode::cbor_malformed);
      ++malformed;
      continue;
    }
    CHECK(loose.has_value());
    check_meaning(example, cbor::diagnose(item).value());
    if (example.shortest) {
      CHECK(strict.has_value());
      CHECK(cbor::diagnose(item, Form::deterministic).value() == cbor::diagnose(item).value());
      ++shortest;
    } else if (example.hex.starts_with("fa") || example.hex.starts_with("fb")) {
      CHECK(strict.error().code == ErrorCode::cbor_not_shortest);
      ++longer;
    } else {
      CHECK(strict.error().code == ErrorCode::cbor_indefinite_length);
      CHECK(cbor::diagnose(item).value().find('_') != std::string::npos);
      ++indefinite;
    }
  }
  CHECK(shortest == 64);
  CHECK(malformed == 1);
  CHECK(longer == 6);
  CHECK(indefinite == 11);
}

TEST_CASE("RFC 8949 appendix F: what is not well-formed is refused in every form") {
  const Refused rows[] = {
      {"end of input in a head",
       {"18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98", "9a01ff00", "b8", "d8",
        "f8", "f900", "fa0000", "fb000000"},
       ErrorCode::cbor_truncated},
      {"string with short data",
       {"41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00", "7b7fffffffffffffff010203"},
       ErrorCode::cbor_truncated},
      {"array or map with too few items",
       {"81", "818181818181818181", "8200", "a1", "a20102", "a100", "a2000000", "bb800000000000000100",
        "9bffffffffffffffff"},
       ErrorCode::cbor_truncated},
      {"tag without content", {"c0"}, ErrorCode::cbor_truncated},
      {"nothing", {""}, ErrorCode::cbor_truncated},
      {"reserved additional information",
       {"1c", "1d", "1e", "3c", "3d", "3e", "5c", "5d", "5e", "7c", "7d", "7e",
        "9c", "9d", "9e", "bc", "bd", "be", "dc", "dd", "de", "fc", "fd", "fe"},
       ErrorCode::cbor_malformed},
      {"reserved two-byte simple value", {"f800", "f801", "f818", "f81f"}, ErrorCode::cbor_malformed},
      {"break alone", {"ff"}, ErrorCode::cbor_malformed},
      {"break in a definite container or tag",
       {"81ff", "8200ff", "a1ff00", "a100ff00", "a20000ff00", "c1ff"},
       ErrorCode::cbor_malformed},
      {"no indefinite integer or tag", {"1f", "3f", "df"}, ErrorCode::cbor_malformed},
      {"too much", {"0000", "8000", "6000f6"}, ErrorCode::cbor_trailing_bytes},
  };
  const Refused indefinite_rows[] = {
      {"string without a break", {"5f4100", "7f6100", "5f", "7f"}, ErrorCode::cbor_truncated},
      {"container without a break",
       {"9f", "9f0102", "bf", "bf01020102", "819f", "9f8000", "9f9f9f9f9fffffffff", "9f819f819f9fffffff"},
       ErrorCode::cbor_truncated},
      {"chunk of another type",
       {"5f00ff", "5f21ff", "5f6100ff", "5f80ff", "5fa0ff", "5fc000ff", "5fe0ff", "7f4100ff"},
       ErrorCode::cbor_malformed},
      {"chunk of indefinite length", {"5f5f4100ffff", "7f7f6100ffff"}, ErrorCode::cbor_malformed},
      {"break in a definite container", {"9f81ff", "9f829f819f9fffffffff"}, ErrorCode::cbor_malformed},
      {"break in the place of a value", {"bf00ff", "bf000000ff"}, ErrorCode::cbor_malformed},
      {"text that is not UTF-8 in one chunk", {"7f61c361bcff", "7f61ffff"}, ErrorCode::utf8_malformed},
  };
  for (const Refused& row : rows) {
    for (const std::string_view hex : row.items) {
      INFO(row.why << " " << hex);
      for (const Form form : {Form::well_formed, Form::deterministic, Form::sorted}) {
        const auto status = cbor::check_well_formed(from_hex(hex), form);
        REQUIRE(!status.has_value());
        CHECK(to_string(status.error().code) == to_string(row.want));
      }
    }
  }
  for (const Refused& row : indefinite_rows) {
    for (const std::string_view hex : row.items) {
      INFO(row.why << " " << hex);
      const auto loose = cbor::check_well_formed(from_hex(hex), Form::well_formed);
      REQUIRE(!loose.has_value());
      CHECK(to_string(loose.error().code) == to_string(row.want));
      CHECK(!cbor::check_well_formed(from_hex(hex), Form::deterministic).has_value());
    }
  }
  // The list has these cut so short that the missing bytes are what is found first.
  for (const char* hex : {"a1ff", "a100ff", "a20000ff"}) CHECK(!cbor::check_well_formed(from_hex(hex)).has_value());
}

TEST_CASE("the well-formed form takes longer heads and floats") {
  for (const std::string_view hex :
       {"1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3800", "580100", "5900 0100", "980100", "b8010000",
        "d81700", "fa3f800000", "fb3ff0000000000000", "7b0000000000000001 61"}) {
    INFO(hex);
    CHECK(cbor::check_well_formed(from_hex(hex), Form::well_formed).has_value());
    CHECK(cbor::check_well_formed(from_hex(hex)).error().code == ErrorCode::cbor_not_shortest);
  }
}

TEST_CASE("keys are compared by value, whatever their encoding") {
  struct Row {
    std::string_view why, hex;
    bool twins;
  };
  static constexpr Row rows[] = {
      {"integers", "a2 00 00 1800 00", true},
      {"integers in another order", "a2 1800 00 00 00", true},
      {"nine bytes", "a2 1b0000000000000001 00 01 00", true},
      {"negative", "a2 20 00 3800 00", true},
      {"negative is not positive", "a2 3800 00 00 00", false},
      {"text with a long head", "a2 6161 00 780161 00", true},
      {"text in chunks", "a2 626162 00 7f61616162ff 00", true},
      {"text in other chunks", "a2 7f626162ff 00 7f61616162ff 00", true},
      {"bytes in chunks", "a2 4161 00 5f4161ff 00", true},
      {"bytes are not text", "a2 6161 00 5f4161ff 00", false},
      {"floats", "a2 f93c00 00 fa3f800000 00", true},
      {"a float is not an integer", "a2 01 00 fb3ff0000000000000 00", false},
      {"zero and minus zero", "a2 f90000 00 fa80000000 00", false},
      {"NaN", "a2 f97e00 00 fb7ff8000000000000 00", true},
      {"NaN with another payload", "a2 f97e00 00 fb7ff8000000000001 00", false},
      {"arrays", "a2 8101 00 9f01ff 00", true},
      {"arrays of another depth", "a2 818101 00 9f01ff 00", false},
      {"arrays of strings are not run together", "a2 82 4161 4162 00 9f 426162 40 ff 00", false},
      {"tags", "a2 c101 00 d80101 00", true},
      {"tag and integer", "a2 d80101 00 01 00", false},
      {"maps", "a2 a10102 00 bf0102ff 00", true},
      {"simple values", "a2 f4 00 1815 00", false},
      {"indefinite map", "bf 00 00 00 00 ff", true},
      {"indefinite map without twins", "bf 01 00 00 00 ff", false},
      {"inside an indefinite array", "9f bf 00 00 1800 00 ff ff", true},
      {"two maps do not share keys", "82 bf 00 00 ff bf 00 00 ff", false},
      {"outer and inner do not share keys", "a2 01 a2 02 00 01 00 02 00", false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const Bytes item = from_hex(row.hex);
    const auto status = cbor::check_well_formed(item, Form::well_formed);
    CHECK(status.has_value() == !row.twins);
    if (!status) CHECK(to_string(status.error().code) == to_string(ErrorCode::cbor_duplicate_key));
    if (item[0] != 0xa2) continue;
    // The same among many keys, which are sorted instead of compared in pairs.
    Bytes many = item;
    many[0] = 0xbf;
    for (int i = 40; i > 0; --i) {
      for (const int byte : {0x1a, 0, 1, 0, i, 0}) many.push_back(static_cast<std::uint8_t>(byte));
    }
    many.push_back(0xff);
    CHECK(cbor::check_well_formed(many, Form::well_formed).has_value() == !row.twins);
  }
}

TEST_CASE("indefinite lengths are under the same budgets") {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "9f";
    for (std::size_t i = 0; i < depth; ++i) text += "ff";
    return from_hex(text);
  };
  CHECK(cbor::check_well_formed(nested(16), Form::well_formed).has_value());
  CHECK(cbor::check_well_formed(nested(17), Form::well_formed).error().code == ErrorCode::cbor_too_deep);
  CHECK(cbor::check_well_formed(nested(50'000), Form::well_formed).error().code == ErrorCode::cbor_too_deep);
  CHECK(cbor::check_well_formed(nested(5), Form::well_formed, {.depth_max = 5}).has_value());
  CHECK(cbor::check_well_formed(nested(6), Form::well_formed, {.depth_max = 5}).error().code ==
        ErrorCode::cbor_too_deep);
  // Chunks count: nobody sends a million empty ones.
  const cbor::Limits three{.items_max = 3};
  CHECK(cbor::check_well_formed(from_hex("5f4040ff"), Form::well_formed, three).has_value());
  CHECK(cbor::check_well_formed(from_hex("5f404040ff"), Form::well_formed, three).error().code ==
        ErrorCode::cbor_too_many_items);
  CHECK(cbor::check_well_formed(from_hex("9f010203ff"), Form::well_formed, three).error().code ==
        ErrorCode::cbor_too_many_items);
}

TEST_CASE("definite and indefinite containers are read alike") {
  for (const std::string_view hex : {"a2 6161 83010203 6162 a10a0b", "bf 7f6161ff 9f010203ff 6162 bf0a0bff ff",
                                     "b802 780161 9803010203 6162 bf180a0bff"}) {
    INFO(hex);
    const Bytes bytes = from_hex(hex);
    cbor::ChunkStore chunks;
    cbor::Reader reader(bytes, Form::well_formed, {}, &chunks);
    auto pairs = reader.enter_map().value();
    REQUIRE(reader.next(pairs));
    CHECK(reader.read_text().value() == "a");
    auto elements = reader.enter_array().value();
    std::uint64_t sum = 0;
    while (reader.next(elements)) sum += reader.read_unsigned().value();
    CHECK(sum == 6);
    REQUIRE(reader.next(pairs));
    CHECK(reader.read_text().value() == "b");
    const std::size_t begin = reader.position();
    auto inner = reader.split().value();
    CHECK(reader.since(begin).size() >= 3);
    auto inner_pairs = inner.enter_map().value();
    REQUIRE(inner.next(inner_pairs));
    CHECK(inner.read_integer().value() == 10);
    CHECK(inner.read_integer().value() == 11);
    CHECK(!inner.next(inner_pairs));
    CHECK(inner.finish().has_value());
    CHECK(!reader.next(pairs));
    CHECK(reader.finish().has_value());
  }
}

TEST_CASE("strings in chunks are joined into the caller's store, or refused") {
  const Bytes bytes = from_hex("5f42010243030405ff 7f657374726561646d696e67ff 5fff");
  cbor::ChunkStore chunks;
  cbor::Reader reader(bytes, Form::well_formed, {}, &chunks);
  const BytesView first = reader.read_bytes().value();
  const std::string_view second = reader.read_text().value();
  CHECK(reader.read_bytes().value().empty());
  CHECK(reader.finish().has_value());
  CHECK(hex::encode(first) == "0102030405");
  CHECK(second == "streaming");
  cbor::Reader without(bytes, Form::well_formed);
  CHECK(without.read_bytes().error().code == ErrorCode::cbor_indefinite_length);
  CHECK(without.position() == 0);
  CHECK(without.skip().value().size() == 9);
  CHECK(without.read_text().error().code == ErrorCode::cbor_indefinite_length);
  const Bytes bad = from_hex("7f61ffff");
  CHECK(cbor::Reader(bad, Form::well_formed, {}, &chunks).read_text().error().code == ErrorCode::utf8_malformed);
}

TEST_CASE("read_array and read_map count definite ones only") {
  const Bytes array = from_hex("9f01ff"), map = from_hex("bf0102ff");
  CHECK(cbor::Reader(array, Form::well_formed).read_array().error().code == ErrorCode::cbor_indefinite_length);
  CHECK(cbor::Reader(map, Form::well_formed).read_map().error().code == ErrorCode::cbor_indefinite_length);
  CHECK(cbor::Reader(array).enter_array().error().code == ErrorCode::cbor_indefinite_length);
}

TEST_CASE("embedded CBOR gives the bytes as they arrived and what is inside") {
  const Bytes bytes = from_hex("d818 5803 a10102 d818 5f41a1420102ff d817 40");
  cbor::ChunkStore chunks;
  cbor::Reader reader(bytes, Form::well_formed, {}, &chunks);
  const auto first = reader.read_embedded().value();
  CHECK(hex::encode(first.item) == "d8185803a10102");
  CHECK(hex::encode(first.content) == "a10102");
  const auto second = reader.read_embedded().value();
  CHECK(hex::encode(second.item) == "d8185f41a1420102ff");
  CHECK(hex::encode(second.content) == "a10102");
  CHECK(reader.read_embedded().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_tag().value() == 23);
  const Bytes text = from_hex("d8186101");
  CHECK(cbor::Reader(text).read_embedded().error().code == ErrorCode::cbor_wrong_type);
  const Bytes written = cbor::Writer().embedded(from_hex("a10102")).take();
  CHECK(hex::encode(written) == "d81843a10102");
}

TEST_CASE("tagged texts, simple values and floats are read as what they are") {
  const Bytes date = from_hex("d903ec6a323032362d31312d3235");
  CHECK(cbor::Reader(date).read_tagged_text(1004).value() == "2026-11-25");
  CHECK(cbor::Reader(date).read_tagged_text(0).error().code == ErrorCode::cbor_wrong_type);
  const Bytes items = from_hex("f7 f0 f8ff f6 f93c00 01");
  cbor::Reader reader(items);
  CHECK(reader.read_null().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_bool().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_undefined().has_value());
  CHECK(reader.read_float().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_simple().value() == 16);
  CHECK(reader.read_simple().value() == 255);
  CHECK(reader.read_undefined().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.next_is_null());
  CHECK(reader.read_null().has_value());
  CHECK(reader.read_simple().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_float().value() == 1.0);
  CHECK(reader.read_float().error().code == ErrorCode::cbor_wrong_type);
}

TEST_CASE("misuse reads errors, never beyond the buffer") {
  const Bytes bytes = from_hex("9f01ff");
  cbor::Reader reader(bytes, Form::well_formed);
  auto items = reader.enter_array().value();
  CHECK(reader.next(items));
  CHECK(reader.read_unsigned().value() == 1);
  CHECK(reader.skip().error().code == ErrorCode::cbor_malformed);  // the break is no item
  CHECK(reader.read_simple().error().code == ErrorCode::cbor_malformed);
  CHECK(!reader.next(items));
  CHECK(!reader.next(items));
  CHECK(reader.skip().error().code == ErrorCode::cbor_truncated);
}
