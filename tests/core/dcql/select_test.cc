#include "core/dcql/select.h"

#include <doctest/doctest.h>

#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::dcql;

namespace {

// OpenID4VP 1.0, section 7.3, with a few members more.
constexpr std::string_view kCredential = R"({
  "name": "Arthur Dent",
  "address": {"street_address": "42 Market Street", "locality": "Milliways", "postal_code": "12345"},
  "degrees": [{"type": "Bachelor of Science", "university": "University of Betelgeuse"},
              {"type": "Master of Science", "university": "University of Betelgeuse"}],
  "nationalities": ["British", "Betelgeusian"],
  "mixed": [{"x": 1}, 2],
  "some": [{"x": 1}, {"y": 2}],
  "nested": [[1, 2], [3]],
  "empty": [],
  "nothing": null
})";

std::string texts(const std::vector<Selected>& selected) {
  std::string text;
  for (const Selected& one : selected) text += one.path.to_string() + "=" + json::serialize(*one.value) + " ";
  return text;
}

ClaimPath path(std::string_view text) {
  return must(ClaimPath::parse(must(json::parse(text)).as_array()));
}

}  // namespace

TEST_CASE("claims path pointers select what section 7 says") {
  const json::Object claims = must(json::parse_object(kCredential));
  struct Row {
    std::string_view path, want;
  };
  static constexpr Row rows[] = {
      {R"(["name"])", R"(["name"]="Arthur Dent" )"},
      {R"(["address","street_address"])", R"(["address","street_address"]="42 Market Street" )"},
      {R"(["degrees",null,"type"])",
       R"(["degrees",0,"type"]="Bachelor of Science" ["degrees",1,"type"]="Master of Science" )"},
      {R"(["nationalities",1])", R"(["nationalities",1]="Betelgeusian" )"},
      {R"(["nationalities",2])", ""},
      {R"(["nationalities",null])", R"(["nationalities",0]="British" ["nationalities",1]="Betelgeusian" )"},
      {R"(["nested",null,0])", R"(["nested",0,0]=1 ["nested",1,0]=3 )"},
      {R"(["nested",null,1])", R"(["nested",0,1]=2 )"},
      {R"(["nested",null,2])", ""},
      {R"(["some",null,"x"])", R"(["some",0,"x"]=1 )"},
      {R"(["mixed",null,"x"])", ""},  // one of those selected is no object: the whole path fails
      {R"(["mixed",0,"x"])", R"(["mixed",0,"x"]=1 )"},
      {R"(["empty",null])", ""},
      {R"(["nothing"])", R"(["nothing"]=null )"},
      {R"(["nothing","x"])", ""},
      {R"(["missing"])", ""},
      {R"(["name","x"])", ""},
      {R"(["name",0])", ""},
      {R"(["name",null])", ""},
      {R"(["address",null])", ""},
      {R"(["address",0])", ""},
      {R"(["nationalities","0"])", ""},
      {R"([null])", ""},
      {R"([0])", ""},
  };
  for (const Row& row : rows) {
    INFO(row.path);
    CHECK(texts(select(claims, path(row.path))) == row.want);
  }
}

TEST_CASE("in a presentation an index stands for any element that came") {
  const json::Object claims = must(json::parse_object(R"({"n":["second"],"a":{"0":1}})"));
  CHECK(texts(select_from_presented(claims, path(R"(["n",1])"))) == R"(["n",0]="second" )");
  CHECK(texts(select(claims, path(R"(["n",1])"))).empty());
  CHECK(select_from_presented(claims, path(R"(["a",0])")).empty());
}

TEST_CASE("values match by type and value") {
  const json::Object claims = must(json::parse_object(
      R"({"s":"1","i":1,"big":18446744073709551615,"b":true,"d":1.0,"o":{"x":1},"l":["a","b"],"n":null})"));
  const auto matches = [&](std::string_view at, std::string_view values) {
    ClaimQuery claim{.id = {}, .path = path(at), .values = {}};
    const json::Value wanted = must(json::parse(values));
    for (const json::Value& value : wanted.as_array()) claim.values.push_back(value);
    return with_wanted_values(select(claims, claim.path), claim).size();
  };
  CHECK(matches(R"(["s"])", R"(["1"])") == 1);
  CHECK(matches(R"(["s"])", "[1]") == 0);
  CHECK(matches(R"(["i"])", "[1]") == 1);
  CHECK(matches(R"(["i"])", R"(["1",true])") == 0);
  CHECK(matches(R"(["i"])", "[2,1]") == 1);
  CHECK(matches(R"(["big"])", "[18446744073709551615]") == 1);
  CHECK(matches(R"(["big"])", "[-1]") == 0);
  CHECK(matches(R"(["b"])", "[true]") == 1);
  CHECK(matches(R"(["b"])", "[false,1]") == 0);
  CHECK(matches(R"(["d"])", "[1]") == 0);
  CHECK(matches(R"(["o"])", "[1]") == 0);
  CHECK(matches(R"(["n"])", R"([false,"null",0])") == 0);
  CHECK(matches(R"(["l",null])", R"(["b"])") == 1);
  CHECK(matches(R"(["l",null])", R"(["a","b"])") == 2);
  CHECK(matches(R"(["l",null])", R"(["c"])") == 0);
  CHECK(matches(R"(["l",null])", "[]") == 2);
}
