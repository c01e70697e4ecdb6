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

TEST_CASE("in a presentation elements have moved up, never down, and of another type they are others") {
  struct Row {
    std::string_view claims, path, want;
  };
  static constexpr Row rows[] = {
      {R"({"n":["a","b","c"]})", R"(["n",1])", R"(["n",0]="a" ["n",1]="b" )"},
      {R"({"n":["a","b","c"]})", R"(["n",9])", R"(["n",0]="a" ["n",1]="b" ["n",2]="c" )"},
      {R"({"n":["a","b"]})", R"(["n",0])", R"(["n",0]="a" )"},
      {R"({"n":[]})", R"(["n",0])", ""},
      {R"({"n":"a"})", R"(["n",0])", ""},
      {R"({"n":[{"x":1},2,{"x":3}]})", R"(["n",2,"x"])", R"(["n",0,"x"]=1 ["n",2,"x"]=3 )"},
      {R"({"n":[{"x":1},2]})", R"(["n",null,"x"])", ""},
      {R"({"n":[[{"x":1},5],[7]]})", R"(["n",null,3,"x"])", R"(["n",0,0,"x"]=1 )"},
      {R"({"n":[[{"x":1}],7]})", R"(["n",null,3,"x"])", ""},
      {R"({"n":[[[1,2],3],[[4]]]})", R"(["n",5,5,null])", R"(["n",0,0,0]=1 ["n",0,0,1]=2 ["n",1,0,0]=4 )"},
  };
  for (const Row& row : rows) {
    INFO(row.claims, row.path);
    const json::Object claims = must(json::parse_object(row.claims));
    CHECK(texts(select_from_presented(claims, path(row.path))) == row.want);
  }
}

// Every path of up to three steps over a small alphabet against a world of arrays and objects, judged by the
// specification's own words: a list of selected elements, step by step.
TEST_CASE("the walk agrees with section 7.1.1 taken literally") {
  const json::Object claims = must(json::parse_object(
      R"({"a":[{"a":1,"b":[1,2]},{"b":[3]},{"a":null}],"b":{"a":[[1],[2,{"a":0}],[]],"b":"t"},"c":[[],{}],"d":[]})"));
  const std::vector<sd_jwt::PathStep> alphabet = {std::string("a"), std::string("b"),      std::string("c"),
                                                  std::string("d"), std::uint64_t{0},      std::uint64_t{1},
                                                  std::uint64_t{2}, sd_jwt::EveryElement{}};
  const json::Value root(claims);
  const auto literal = [&](const ClaimPath& wanted) -> std::vector<json::Value> {
    std::vector<json::Value> selected = {root};
    for (const sd_jwt::PathStep& step : wanted.steps()) {
      std::vector<json::Value> next;
      for (const json::Value& element : selected) {
        if (const auto* name = std::get_if<std::string>(&step)) {
          if (!element.is_object()) return {};
          if (element.as_object().contains(*name)) next.push_back(element.as_object().at(*name));
        } else {
          if (!element.is_array()) return {};
          const json::Array& array = element.as_array();
          const auto* index = std::get_if<std::uint64_t>(&step);
          for (std::uint64_t i = 0; i < array.size(); ++i) {
            if (index == nullptr || *index == i) next.push_back(array[static_cast<std::size_t>(i)]);
          }
        }
      }
      selected = std::move(next);
    }
    return selected;
  };
  int found = 0;
  std::vector<std::vector<sd_jwt::PathStep>> paths = {{}};
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i].size() == 4) break;
    for (const sd_jwt::PathStep& step : alphabet) {
      auto longer = paths[i];
      longer.push_back(step);
      paths.push_back(std::move(longer));
    }
  }
  for (const auto& steps : paths) {
    if (steps.empty()) continue;
    const ClaimPath wanted(steps);
    const std::vector<json::Value> want = literal(wanted);
    const std::vector<Selected> got = select(claims, wanted);
    REQUIRE(got.size() == want.size());
    for (std::size_t i = 0; i < want.size(); ++i) {
      CHECK(*got[i].value == want[i]);
      // The path told leads there, too, and says nothing of null.
      const auto again = select(claims, got[i].path);
      REQUIRE(again.size() == 1);
      CHECK(again[0].value == got[i].value);
    }
    std::vector<const json::Value*> values = {nullptr};
    CHECK(append_wanted(claims, {.id = {}, .path = wanted, .values = {}}, Reading::credential, values) == want.size());
    CHECK(values.size() == want.size() + 1);
    found += want.empty() ? 0 : 1;
  }
  CHECK(found > 30);
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
