#include "core/sd_jwt/claim_path.h"

#include <doctest/doctest.h>

#include "core/sd_jwt/places.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using sd_jwt::ClaimPath;

namespace {

ClaimPath path(std::string_view text) {
  return must(ClaimPath::parse(must(json::parse(text)).as_array()));
}

}  // namespace

TEST_CASE("a claims path pointer survives reading and writing, or is refused") {
  for (const char* good : {R"(["a"])", R"(["a","b"])", R"(["a",0,null,"b"])", R"(["",18446744073709551615])"}) {
    CHECK(path(good).to_string() == good);
  }
  for (const char* bad : {"[]", "[-1]", "[1.5]", "[true]", R"(["a",["b"]])", R"(["a",{}])"}) {
    INFO(bad);
    CHECK(code_of(ClaimPath::parse(must(json::parse(bad)).as_array())) == ErrorCode::json_bad_value);
  }
  json::Array deep(17, json::Value("a"));
  CHECK(code_of(ClaimPath::parse(deep)) == ErrorCode::json_bad_value);
  deep.pop_back();
  CHECK(ClaimPath::parse(deep).has_value());
}

TEST_CASE("a path finds what it points to and nothing else") {
  const json::Object document = must(json::parse_object(
      R"({"name":"n","list":["x","y"],"degrees":[{"type":"a"},{"other":1},{"type":"b"}],"empty":[],"0":"zero"})"));
  struct Row {
    const char* path;
    std::size_t count;
  };
  constexpr Row rows[] = {
      {R"(["name"])", 1},
      {R"(["nope"])", 0},
      {R"(["name","x"])", 0},
      {R"(["list"])", 1},
      {R"(["list",1])", 1},
      {R"(["list",2])", 0},
      {R"(["list",null])", 2},
      {R"(["list","1"])", 0},
      {R"(["name",null])", 0},
      {R"(["empty",null])", 0},
      {R"(["degrees",null,"type"])", 2},
      {R"([null])", 0},
      {R"([0])", 0},
      {R"(["0"])", 1},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    CHECK(sd_jwt::find_places(document, path(row.path)).size() == row.count);
  }
}
