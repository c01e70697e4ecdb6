#include "core/codecs/cbor.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "core/codecs/base64url.h"

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

TEST_CASE("A39: depth and item budgets hold at their edge") {
  const auto nested = [](std::size_t depth) { return from_hex(repeat("81", depth) + "00"); };
  CHECK(cbor::check_well_formed(nested(16)).has_value());
  CHECK(cbor::check_well_formed(nested(17)).error().code == ErrorCode::cbor_too_deep);
  CHECK(cbor::check_well_formed(nested(100'000)).error().code == ErrorCode::cbor_too_deep);
  CHECK(cbor::check_well_formed(from_hex(repeat("c1", 100'000) + "00")).error().code == ErrorCode::cbor_too_deep);
  const cbor::Limits four{16, 4};
  CHECK(cbor::check_well_formed(from_hex("83010203"), four).has_value());
  CHECK(cbor::check_well_formed(from_hex("8401020304"), four).error().code == ErrorCode::cbor_too_many_items);
  // A tag that is read by hand counts like one that is entered or skipped with the rest.
  for (const std::size_t tags : {1U, 2U, 16U}) {
    const auto read = [&](std::size_t depth) -> Status {
      const Bytes input = from_hex(repeat("c1", tags) + repeat("81", depth - tags) + "00");
      CHECK(cbor::check_well_formed(input).has_value() == (depth <= 16));
      cbor::Reader reader(input);
      for (std::size_t i = 0; i < tags; ++i) MIBUN_CHECK(reader.read_tag());
      MIBUN_CHECK(reader.skip());
      return reader.finish();
    };
    CHECK(read(16).has_value());
    CHECK(read(17).error().code == ErrorCode::cbor_too_deep);
  }
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

TEST_CASE("the budget of bytes holds at its edge") {
  const Bytes item = from_hex("83010203");
  CHECK(cbor::check_well_formed(item, {.bytes_max = 4}).has_value());
  CHECK(cbor::check_well_formed(item, {.bytes_max = 3}).error().code == ErrorCode::cbor_too_large);
  CHECK(cbor::Reader(item, {.bytes_max = 3}).enter_array().error().code == ErrorCode::cbor_too_large);
  CHECK(cbor::Reader(from_hex("01"), {.bytes_max = 0}).read_unsigned().error().code == ErrorCode::cbor_too_large);
}

TEST_CASE("keys in another order than bytewise are refused where order is asked for") {
  struct Sorting {
    std::string_view why, hex;
    bool sorted;
  };
  static constexpr Sorting rows[] = {
      {"10, 100, -1, \"z\", \"aa\"", "a50a011864022003617a0462616105", true},
      {"length first is another order", "a30a012002186403", false},
      {"falling", "a202010100", false},
      {"inside", "a101a202010100", false},
      {"no keys", "a0", true},
  };
  for (const Sorting& row : rows) {
    INFO(row.why);
    CHECK(cbor::check_well_formed(from_hex(row.hex)).has_value());
    const auto sorted = cbor::check_well_formed(from_hex(row.hex), cbor::Form::sorted);
    CHECK(sorted.has_value() == row.sorted);
    if (!sorted) CHECK(sorted.error().code == ErrorCode::cbor_unsorted_keys);
  }
}

TEST_CASE("floats are written in the shortest form that keeps the value") {
  struct Float {
    double value;
    std::string_view hex;
  };
  static constexpr Float rows[] = {
      {0.0, "f90000"},
      {-0.0, "f98000"},
      {1.0, "f93c00"},
      {1.1, "fb3ff199999999999a"},
      {65504.0, "f97bff"},
      {65505.0, "fa477fe100"},
      {100000.0, "fa47c35000"},
      {3.4028234663852886e+38, "fa7f7fffff"},
      {1.0e+300, "fb7e37e43c8800759c"},
      {5.960464477539063e-8, "f90001"},
      {0x1p-25, "fa33000000"},
      {0.00006103515625, "f90400"},
      {0.00006097555160522461, "f903ff"},
      {-4.0, "f9c400"},
      {std::numeric_limits<double>::infinity(), "f97c00"},
      {-std::numeric_limits<double>::infinity(), "f9fc00"},
      {std::numeric_limits<double>::quiet_NaN(), "f97e00"},
      {5e-324, "fb0000000000000001"},
      {1.401298464324817e-45, "fa00000001"},
  };
  for (const Float& row : rows) {
    INFO(row.hex);
    const Bytes written = cbor::Writer().floating(row.value).take();
    CHECK(hex::encode(written) == row.hex);
    CHECK(cbor::check_well_formed(written).has_value());
    const double read = cbor::Reader(written).read_float().value();
    CHECK((read == row.value || (read != read && row.value != row.value)));
  }
  // Every half is read and written again as itself, but for NaNs.
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7c00) == 0x7c00 && (bits & 0x3ff) != 0) continue;
    const Bytes half = {0xf9, static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits & 0xff)};
    if (cbor::Writer().floating(cbor::Reader(half).read_float().value()).take() != half) FAIL_CHECK(bits);
  }
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
