#include "core/status_list/status_reference.h"

#include <doctest/doctest.h>

#include "tests/support/test_pki.h"

using namespace mibun;
using status_list::StatusReference;

TEST_CASE("a credential's status reference is read and written") {
  const auto claims = must(json::parse_object(
      R"({"iss":"https://i.example","status":{"status_list":{"idx":412,"uri":"https://i.example/s/1"}}})"));
  const auto reference = must(StatusReference::parse(claims));
  REQUIRE(reference.has_value());
  CHECK(reference->uri == "https://i.example/s/1");
  CHECK(reference->index == 412);
  CHECK(reference->issuer == "https://i.example");
  CHECK(json::serialize(reference->to_json()) == R"({"status_list":{"idx":412,"uri":"https://i.example/s/1"}})");
  CHECK(!must(StatusReference::parse(json::Object{})).has_value());
}

TEST_CASE("a status that cannot be checked is no status that passes") {
  struct Row {
    std::string_view why, text;
  };
  static constexpr Row rows[] = {
      {"text", R"({"status":"valid"})"},
      {"null", R"({"status":null})"},
      {"empty", R"({"status":{}})"},
      {"another mechanism", R"({"status":{"identifier_list":{"id":"1","uri":"https://a.example"}}})"},
      {"list is text", R"({"status":{"status_list":"x"}})"},
      {"no idx", R"({"status":{"status_list":{"uri":"https://a.example"}}})"},
      {"idx negative", R"({"status":{"status_list":{"idx":-1,"uri":"https://a.example"}}})"},
      {"idx text", R"({"status":{"status_list":{"idx":"1","uri":"https://a.example"}}})"},
      {"idx fraction", R"({"status":{"status_list":{"idx":1.5,"uri":"https://a.example"}}})"},
      {"no uri", R"({"status":{"status_list":{"idx":1}}})"},
      {"http", R"({"status":{"status_list":{"idx":1,"uri":"http://a.example"}}})"},
      {"file", R"({"status":{"status_list":{"idx":1,"uri":"file:///etc/passwd"}}})"},
      {"iss number", R"({"iss":1,"status":{"status_list":{"idx":1,"uri":"https://a.example"}}})"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(StatusReference::parse(must(json::parse_object(row.text)))) == ErrorCode::status_reference_malformed);
  }
}
