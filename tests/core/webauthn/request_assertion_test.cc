#include "core/webauthn/request_assertion.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/webauthn.h"

using namespace mibun;
using namespace mibun::webauthn;
using namespace webauthn_test;

namespace {

const std::string kGood =
    R"({"assertion_id":"a-1_Z","id":"YWE","clientDataJSON":"YQ","authenticatorData":"Yg","signature":"Yw"})";

std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the header is one base64url word and reads back") {
  AuthenticationResponse response = recorded_assertion("assertion_packed");
  const RequestAssertion before{"Zm9vYmFy", response};
  const std::string header = before.to_header();
  CHECK(header.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
        std::string::npos);
  const auto after = RequestAssertion::parse(header);
  REQUIRE(after.has_value());
  CHECK(after->assertion_id == "Zm9vYmFy");
  CHECK(after->response.id == response.id);
  CHECK(after->response.client_data_json == response.client_data_json);
  CHECK(after->response.authenticator_data == response.authenticator_data);
  CHECK(after->response.signature == response.signature);
  CHECK(!after->response.user_handle);
}

TEST_CASE("no header is missing, any other form is invalid") {
  using enum ErrorCode;
  CHECK(RequestAssertion::parse(base64url::encode(kGood)).has_value());
  CHECK(RequestAssertion::parse(std::nullopt).error().code == assertion_missing);
  CHECK(RequestAssertion::parse("").error().code == assertion_missing);

  struct Row {
    std::string_view from;
    std::string to;
  };
  const std::vector<Row> rows = {
      {"{", "[{"},
      {"}", "},"},
      {"}", R"(,"x":1})"},
      {"}", R"(,"userHandle":"ZA"})"},
      {"}", R"(,"id":"YWE"})"},
      {R"("assertion_id":"a-1_Z",)", ""},
      {R"("id":"YWE",)", ""},
      {R"("clientDataJSON":"YQ",)", ""},
      {R"("authenticatorData":"Yg",)", ""},
      {R"(,"signature":"Yw")", ""},
      {"a-1_Z", ""},
      {"a-1_Z", "a 1"},
      {"a-1_Z", "a/1"},
      {"a-1_Z", "a\\u0000"},
      {"a-1_Z", std::string(kAssertionIdBytesMax + 1, 'a')},
      {R"("a-1_Z")", "7"},
      {"\"YWE\"", "\"YW=\""},
      {"\"YWE\"", "\"\""},
      {"\"YWE\"", "[\"YWE\"]"},
      {"\"Yw\"", "\"" + std::string(1'400, 'A') + "\""},
  };
  for (const Row& row : rows) {
    INFO(row.from);
    INFO(row.to.substr(0, 40));
    const auto parsed = RequestAssertion::parse(base64url::encode(with(kGood, row.from, row.to)));
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == assertion_invalid);
  }
  const std::string header = base64url::encode(kGood);
  for (const std::string& bad :
       {kGood, header + "=", header + " ", "." + header, header.substr(1), header.substr(0, header.size() - 2),
        std::string(kRequestAssertionBytesMax + 1, 'A')}) {
    INFO(bad.substr(0, 40));
    const auto parsed = RequestAssertion::parse(bad);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == assertion_invalid);
  }
  CHECK(RequestAssertion::parse(base64url::encode(with(kGood, "a-1_Z", std::string(kAssertionIdBytesMax, 'a'))))
            .has_value());
}

TEST_CASE("a header has a limit: 6144 bytes of JSON fit, one more does not") {
  std::string text = kGood + std::string(6144 - kGood.size(), ' ');
  CHECK(RequestAssertion::parse(base64url::encode(text)).has_value());
  const auto parsed = RequestAssertion::parse(base64url::encode(text + " "));
  REQUIRE(!parsed.has_value());
  CHECK(parsed.error().code == ErrorCode::assertion_invalid);
}
