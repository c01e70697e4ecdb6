#include "core/codecs/cbor.h"

#include <doctest/doctest.h>

#include <limits>
#include <regex>
#include <string>

#include "core/codecs/base64url.h"
#include "tests/support/vectors.h"

using namespace mibun;

namespace {

Bytes from_hex(std::string_view text) {
  return hex::decode(text).value();
}

struct Row {
  std::string_view why, hex;
  ErrorCode want;
};

template <std::size_t N>
void check_refused(const Row (&rows)[N]) {
  for (const Row& row : rows) {
    INFO(row.why << " " << row.hex);
    const auto status = cbor::check_well_formed(from_hex(row.hex));
    REQUIRE(!status.has_value());
    CHECK(to_string(status.error().code) == to_string(row.want));
  }
}

std::string repeat(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

}  // namespace

TEST_CASE("RFC 8949 appendix A: the one shortest definite form passes, the others have their code") {
  const std::string text = read_vector("cbor-rfc8949/appendix_a.json");
  const std::regex entry(R"re("hex": "([0-9a-f]+)",\s+"roundtrip": (true|false))re");
  int accepted = 0, indefinite = 0, not_shortest = 0, malformed = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), entry), end; it != end; ++it) {
    const std::string hex = (*it)[1];
    INFO(hex);
    const auto status = cbor::check_well_formed(from_hex(hex));
    if (hex == "f818") {  // simple(24) in two bytes: RFC 8949 calls it not well-formed, RFC 7049 did not
      CHECK(status.error().code == ErrorCode::cbor_malformed);
      ++malformed;
    } else if ((*it)[2] == "true") {
      CHECK(status.has_value());
      ++accepted;
    } else if (hex.starts_with("fa") || hex.starts_with("fb")) {
      CHECK(status.error().code == ErrorCode::cbor_not_shortest);
      ++not_shortest;
    } else {
      CHECK(status.error().code == ErrorCode::cbor_indefinite_length);
      ++indefinite;
    }
  }
  CHECK(accepted == 64);
  CHECK(malformed == 1);
  CHECK(not_shortest == 6);
  CHECK(indefinite == 11);
}

TEST_CASE("RFC 8949 appendix F: what is not well-formed is refused") {
  static constexpr Row rows[] = {
      {"end of input in a head", "18", ErrorCode::cbor_truncated},
      {"end of input in a head", "19", ErrorCode::cbor_truncated},
      {"end of input in a head", "1a", ErrorCode::cbor_truncated},
      {"end of input in a head", "1b", ErrorCode::cbor_truncated},
      {"end of input in a head", "1901", ErrorCode::cbor_truncated},
      {"end of input in a head", "1a0102", ErrorCode::cbor_truncated},
      {"end of input in a head", "1b01020304050607", ErrorCode::cbor_truncated},
      {"end of input in a head", "38", ErrorCode::cbor_truncated},
      {"end of input in a head", "58", ErrorCode::cbor_truncated},
      {"end of input in a head", "78", ErrorCode::cbor_truncated},
      {"end of input in a head", "98", ErrorCode::cbor_truncated},
      {"end of input in a head", "9a01ff00", ErrorCode::cbor_truncated},
      {"end of input in a head", "b8", ErrorCode::cbor_truncated},
      {"end of input in a head", "d8", ErrorCode::cbor_truncated},
      {"end of input in a head", "f8", ErrorCode::cbor_truncated},
      {"end of input in a head", "f900", ErrorCode::cbor_truncated},
      {"end of input in a head", "fa0000", ErrorCode::cbor_truncated},
      {"end of input in a head", "fb000000", ErrorCode::cbor_truncated},
      {"short string", "41", ErrorCode::cbor_truncated},
      {"short string", "61", ErrorCode::cbor_truncated},
      {"short string", "5affffffff00", ErrorCode::cbor_truncated},
      {"short string", "5bffffffffffffffff010203", ErrorCode::cbor_truncated},
      {"short string", "7affffffff00", ErrorCode::cbor_truncated},
      {"short string", "7b7fffffffffffffff010203", ErrorCode::cbor_truncated},
      {"short array", "81", ErrorCode::cbor_truncated},
      {"short array", "818181818181818181", ErrorCode::cbor_truncated},
      {"short array", "8200", ErrorCode::cbor_truncated},
      {"short map", "a1", ErrorCode::cbor_truncated},
      {"short map", "a20102", ErrorCode::cbor_truncated},
      {"short map", "a100", ErrorCode::cbor_truncated},
      {"short map", "a2000000", ErrorCode::cbor_truncated},
      {"map count that overflows when doubled", "bb800000000000000100", ErrorCode::cbor_truncated},
      {"array count", "9bffffffffffffffff", ErrorCode::cbor_truncated},
      {"tag without content", "c0", ErrorCode::cbor_truncated},
      {"reserved info", "1c", ErrorCode::cbor_malformed},
      {"reserved info", "1d", ErrorCode::cbor_malformed},
      {"reserved info", "1e", ErrorCode::cbor_malformed},
      {"reserved info", "3c", ErrorCode::cbor_malformed},
      {"reserved info", "5c", ErrorCode::cbor_malformed},
      {"reserved info", "7d", ErrorCode::cbor_malformed},
      {"reserved info", "9e", ErrorCode::cbor_malformed},
      {"reserved info", "bc", ErrorCode::cbor_malformed},
      {"reserved info", "dd", ErrorCode::cbor_malformed},
      {"reserved info", "fc", ErrorCode::cbor_malformed},
      {"two-byte simple", "f800", ErrorCode::cbor_malformed},
      {"two-byte simple", "f801", ErrorCode::cbor_malformed},
      {"two-byte simple", "f81f", ErrorCode::cbor_malformed},
      {"break alone", "ff", ErrorCode::cbor_malformed},
      {"break in an array", "81ff", ErrorCode::cbor_malformed},
      {"break in a map", "a1ff00", ErrorCode::cbor_malformed},
      {"break in a tag", "c1ff", ErrorCode::cbor_malformed},
      {"indefinite integer", "1f", ErrorCode::cbor_malformed},
      {"indefinite integer", "3f", ErrorCode::cbor_malformed},
      {"indefinite tag", "df", ErrorCode::cbor_malformed},
      {"indefinite bytes", "5f4100ff", ErrorCode::cbor_indefinite_length},
      {"indefinite text", "7f6100ff", ErrorCode::cbor_indefinite_length},
      {"indefinite array", "9fff", ErrorCode::cbor_indefinite_length},
      {"indefinite map", "bfff", ErrorCode::cbor_indefinite_length},
      {"nothing", "", ErrorCode::cbor_truncated},
      {"two items", "0000", ErrorCode::cbor_trailing_bytes},
  };
  check_refused(rows);
}

TEST_CASE("longer heads than needed, duplicate keys and bad text are refused") {
  static constexpr Row rows[] = {
      {"23 in two bytes", "1817", ErrorCode::cbor_not_shortest},
      {"255 in three", "1900ff", ErrorCode::cbor_not_shortest},
      {"65535 in five", "1a0000ffff", ErrorCode::cbor_not_shortest},
      {"2^32-1 in nine", "1b00000000ffffffff", ErrorCode::cbor_not_shortest},
      {"negative", "3817", ErrorCode::cbor_not_shortest},
      {"length", "580100", ErrorCode::cbor_not_shortest},
      {"count", "980100", ErrorCode::cbor_not_shortest},
      {"pairs", "b8010000", ErrorCode::cbor_not_shortest},
      {"tag", "d81700", ErrorCode::cbor_not_shortest},
      {"1.0 as single", "fa3f800000", ErrorCode::cbor_not_shortest},
      {"1.0 as double", "fb3ff0000000000000", ErrorCode::cbor_not_shortest},
      {"100000.0 as double", "fb40f86a0000000000", ErrorCode::cbor_not_shortest},
      {"least half as single", "fa33800000", ErrorCode::cbor_not_shortest},
      {"duplicate integers", "a201000100", ErrorCode::cbor_duplicate_key},
      {"duplicate texts", "a2616100616101", ErrorCode::cbor_duplicate_key},
      {"duplicates that are apart", "a3616100616200616100", ErrorCode::cbor_duplicate_key},
      {"duplicate arrays as keys", "a2810100810100", ErrorCode::cbor_duplicate_key},
      {"duplicates inside", "a10082a0a201000101", ErrorCode::cbor_duplicate_key},
      {"bad text", "61ff", ErrorCode::utf8_malformed},
      {"overlong text", "62c0af", ErrorCode::utf8_malformed},
      {"surrogate", "63eda080", ErrorCode::utf8_malformed},
      {"bad text as key", "a161ff00", ErrorCode::utf8_malformed},
  };
  check_refused(rows);
  for (const char* good : {"fa33000000", "fa477fe001", "fa47800000", "a2010020 00"}) {
    std::string hex(good);
    std::erase(hex, ' ');
    INFO(hex);
    CHECK(cbor::check_well_formed(from_hex(hex)).has_value());
  }
}

TEST_CASE("depth and item budgets hold at their edge") {
  const auto nested = [](std::size_t depth) { return from_hex(repeat("81", depth) + "00"); };
  CHECK(cbor::check_well_formed(nested(16)).has_value());
  CHECK(cbor::check_well_formed(nested(17)).error().code == ErrorCode::cbor_too_deep);
  CHECK(cbor::check_well_formed(nested(100'000)).error().code == ErrorCode::cbor_too_deep);
  CHECK(cbor::check_well_formed(from_hex(repeat("c1", 100'000) + "00")).error().code == ErrorCode::cbor_too_deep);
  const cbor::Limits four{16, 4};
  CHECK(cbor::check_well_formed(from_hex("83010203"), four).has_value());
  CHECK(cbor::check_well_formed(from_hex("8401020304"), four).error().code == ErrorCode::cbor_too_many_items);
}

TEST_CASE("the reader reads what the writer wrote") {
  cbor::Writer writer;
  writer.map(3).text("a").array(4).integer(-1).unsigned_integer(~std::uint64_t{0}).boolean(true).null();
  writer.text("b").bytes(as_bytes("xyz")).text("c").tag(24).integer(std::numeric_limits<std::int64_t>::min());
  const Bytes encoded = writer.take();
  CHECK(hex::encode(encoded) ==
        "a3616184201bfffffffffffffffff5f6616243"
        "78797a6163d8183b7fffffffffffffff");

  cbor::Reader reader(encoded);
  CHECK(reader.peek().value() == cbor::Major::map);
  CHECK(reader.read_map().value() == 3);
  CHECK(reader.read_text().value() == "a");
  CHECK(reader.read_array().value() == 4);
  CHECK(reader.read_integer().value() == -1);
  CHECK(reader.read_unsigned().value() == ~std::uint64_t{0});
  CHECK(reader.read_bool().value());
  CHECK(reader.read_null().has_value());
  CHECK(reader.read_text().value() == "b");
  CHECK(as_text(reader.read_bytes().value()) == "xyz");
  CHECK(reader.finish().error().code == ErrorCode::cbor_trailing_bytes);
  CHECK(reader.skip().value().size() == 2);
  CHECK(reader.read_tag().value() == 24);
  CHECK(reader.read_integer().value() == std::numeric_limits<std::int64_t>::min());
  CHECK(reader.finish().has_value());
  CHECK(reader.peek().error().code == ErrorCode::cbor_truncated);
}

TEST_CASE("the reader refuses another type and leaves its place for the caller") {
  const Bytes text = from_hex("6161");
  cbor::Reader reader(text);
  CHECK(reader.read_unsigned().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_integer().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_bytes().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_bool().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_null().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_array().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_map().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_tag().error().code == ErrorCode::cbor_wrong_type);
  CHECK(reader.read_text().value() == "a");
  const Bytes big = from_hex("1b8000000000000000");
  CHECK(cbor::Reader(big).read_integer().error().code == ErrorCode::cbor_malformed);
  const Bytes yes = from_hex("f5");
  CHECK(cbor::Reader(yes).read_null().error().code == ErrorCode::cbor_wrong_type);
}

TEST_CASE("read_map refuses duplicate keys before handing out the first, and maps inside too") {
  const Bytes outer = from_hex("a201000100");
  CHECK(cbor::Reader(outer).read_map().error().code == ErrorCode::cbor_duplicate_key);
  const Bytes inner = from_hex("a10182a0a201000101");
  CHECK(cbor::Reader(inner).read_map().error().code == ErrorCode::cbor_duplicate_key);
}

TEST_CASE("sorted_map writes keys in bytewise order of their encodings") {
  const auto text = [](std::string_view value) { return cbor::Writer().text(value).take(); };
  const auto number = [](std::int64_t value) { return cbor::Writer().integer(value).take(); };
  const Bytes map = cbor::Writer()
                        .sorted_map({{text("aa"), number(1)},
                                     {text("b"), number(2)},
                                     {number(-1), number(3)},
                                     {number(100), number(4)},
                                     {number(10), number(5)}})
                        .take();
  CHECK(hex::encode(map) ==
        "a50a051864042003616202626161"
        "01");  // the order of RFC 8949, section 4.2.1
}

TEST_CASE("every cut prefix is refused and no flipped byte does harm") {
  const Bytes whole = from_hex("a56161183261628301f5f6616343010203616463e697a56165d818a1203903e8");
  REQUIRE(cbor::check_well_formed(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(!cbor::check_well_formed(BytesView(whole).first(size)).has_value());
  }
  int accepted = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      Bytes changed = whole;
      changed[i] = static_cast<std::uint8_t>(value);
      if (cbor::check_well_formed(changed).has_value()) ++accepted;
    }
  }
  CHECK(accepted > 0);
}
