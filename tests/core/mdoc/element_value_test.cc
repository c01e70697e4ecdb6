#include "core/mdoc/element_value.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"

using namespace mibun;
namespace value = mdoc::value;

TEST_CASE("each kind of value is written in its one deterministic form") {
  struct Row {
    std::string_view why;
    Bytes made;
    std::string_view want;
  };
  const Row rows[] = {
      {"text", value::text("Doe"), "63446f65"},
      {"unsigned", value::unsigned_integer(175), "18af"},
      {"true", value::boolean(true), "f5"},
      {"bytes", value::bytes(as_bytes("\x01\x02")), "420102"},
      {"full-date", value::full_date({1990, 4, 15}), "d903ec6a313939302d30342d3135"},
      {"tdate drops what is finer than a second", value::tdate(Instant::from_unix_milliseconds(1'601'559'002'999)),
       "c074323032302d31302d30315431333a33303a30325a"},
      {"array", value::array(std::vector<Bytes>{value::text("NL"), value::text("JP")}), "82624e4c624a50"},
      {"shorter keys first",
       value::map(
           std::vector<std::pair<std::string, Bytes>>{{"bb", value::boolean(false)}, {"c", value::boolean(true)}}),
       "a26163f5626262f4"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(hex::encode(row.made) == row.want);
  }
}

TEST_CASE("driving privileges leave out what is absent") {
  const std::vector<value::DrivingPrivilege> privileges{
      {.vehicle_category_code = "A", .issue_date = CalendarDate{2018, 8, 9}, .expiry_date = CalendarDate{2024, 10, 20}},
      {.vehicle_category_code = "B", .codes = {{.code = "S01", .sign = "<=", .value = "2500"}}}};
  CHECK(hex::encode(value::driving_privileges(privileges)) ==
        "82"
        "a36a69737375655f64617465d903ec6a323031382d30382d30396b6578706972795f64617465d903ec6a323032342d31302d3230"
        "7576656869636c655f63617465676f72795f636f64656141"
        "a265636f64657381a364636f6465635330"
        "31647369676e623c3d6576616c75656432353030"
        "7576656869636c655f63617465676f72795f636f64656142");
}
