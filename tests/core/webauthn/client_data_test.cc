#include "core/webauthn/client_data.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/support/webauthn.h"

using namespace mibun;
using namespace mibun::webauthn;
using namespace webauthn_test;

namespace {

const Bytes kChallenge = to_bytes("0123456789abcdef");  // MDEyMzQ1Njc4OWFiY2RlZg
const std::vector<std::string> kOrigins = {"https://id.example", "https://other.example:8443"};

}  // namespace

TEST_CASE("client data that we make is what we check") {
  const std::string text = make_client_data(Ceremony::create, kChallenge, "https://id.example");
  CHECK(
      text ==
      R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://id.example","crossOrigin":false})");
  const auto parsed = ClientData::parse(as_bytes(text));
  REQUIRE(parsed.has_value());
  CHECK(parsed->type() == "webauthn.create");
  CHECK(parsed->challenge() == kChallenge);
  CHECK(parsed->origin() == "https://id.example");
  CHECK(!parsed->cross_origin());
  CHECK(!parsed->top_origin());
  CHECK(parsed->check(Ceremony::create, kChallenge, kOrigins).has_value());
}

TEST_CASE("client data is refused for exactly what is wrong with it") {
  struct Row {
    std::string_view why, text;
    ErrorCode want;
  };
  using enum ErrorCode;
  static constexpr Row rows[] = {
      {"other ceremony",
       R"({"type":"webauthn.get","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://id.example"})",
       webauthn_type_mismatch},
      {"other challenge",
       R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZA","origin":"https://id.example"})",
       webauthn_challenge_mismatch},
      {"empty challenge", R"({"type":"webauthn.create","challenge":"","origin":"https://id.example"})",
       webauthn_challenge_mismatch},
      {"longer challenge",
       R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZmc","origin":"https://id.example"})",
       webauthn_challenge_mismatch},
      {"other origin",
       R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://evil.example"})",
       webauthn_origin_mismatch},
      {"origin in capitals",
       R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://ID.example"})",
       webauthn_origin_mismatch},
      {"origin with a slash",
       R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://id.example/"})",
       webauthn_origin_mismatch},
      {"origin without its port",
       R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://other.example"})",
       webauthn_origin_mismatch},
      {"crossOrigin true",
       R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://id.example","crossOrigin":true})",
       webauthn_cross_origin},
      {"topOrigin although crossOrigin is false",
       R"({"type":"webauthn.create","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","origin":"https://id.example","crossOrigin":false,"topOrigin":"https://id.example"})",
       webauthn_cross_origin},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto parsed = ClientData::parse(as_bytes(row.text));
    REQUIRE(parsed.has_value());
    const auto checked = parsed->check(Ceremony::create, kChallenge, kOrigins);
    REQUIRE(!checked.has_value());
    CHECK(checked.error().code == row.want);
  }
}

TEST_CASE("client data that is not what section 5.8.1 says cannot be read") {
  static constexpr std::string_view rows[] = {
      "",
      "null",
      "[]",
      "\"\"",
      "{}",
      R"({"type":"webauthn.get","challenge":"YQ"})",
      R"({"type":"webauthn.get","origin":"https://a"})",
      R"({"challenge":"YQ","origin":"https://a"})",
      R"({"type":1,"challenge":"YQ","origin":"https://a"})",
      R"({"type":"webauthn.get","challenge":null,"origin":"https://a"})",
      R"({"type":"webauthn.get","challenge":"YQ==","origin":"https://a"})",
      R"({"type":"webauthn.get","challenge":"a+/b","origin":"https://a"})",
      R"({"type":"webauthn.get","challenge":"YR","origin":"https://a"})",
      R"({"type":"webauthn.get","challenge":"YQ","origin":["https://a"]})",
      R"({"type":"webauthn.get","challenge":"YQ","origin":"https://a","crossOrigin":"false"})",
      R"({"type":"webauthn.get","challenge":"YQ","origin":"https://a","crossOrigin":0})",
      R"({"type":"webauthn.get","challenge":"YQ","origin":"https://a","topOrigin":false})",
      R"({"type":"webauthn.get","type":"webauthn.create","challenge":"YQ","origin":"https://a"})",
      R"({"type":"webauthn.get","challenge":"YQ","origin":"https://a","x":{"y":1,"y":2}})",
      R"({"type":"webauthn.get","challenge":"YQ","origin":"https://a"} )"
      "x",
      "\xEF\xBB\xBF{\"type\":\"webauthn.get\",\"challenge\":\"YQ\",\"origin\":\"https://a\"}",
      "{\"type\":\"webauthn.get\",\"challenge\":\"YQ\",\"origin\":\"https://\xff\"}",
  };
  for (const std::string_view row : rows) {
    INFO(row);
    const auto parsed = ClientData::parse(as_bytes(row));
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::webauthn_malformed);
  }
  const std::string fits = R"({"type":"webauthn.get","challenge":"YQ","origin":"https://a","x":")";
  CHECK(
      ClientData::parse(as_bytes(fits + std::string(kClientDataBytesMax - fits.size() - 2, 'x') + "\"}")).has_value());
  CHECK(
      !ClientData::parse(as_bytes(fits + std::string(kClientDataBytesMax - fits.size() - 1, 'x') + "\"}")).has_value());
}

TEST_CASE("members that are not known are ignored, wherever they stand") {
  const auto parsed = ClientData::parse(as_bytes(
      R"( {"other_keys":{"a":[1,2]},"origin":"https://id.example","challenge":"MDEyMzQ1Njc4OWFiY2RlZg","tokenBinding":{"status":"supported"},"type":"webauthn.create"} )"));
  REQUIRE(parsed.has_value());
  CHECK(parsed->check(Ceremony::create, kChallenge, kOrigins).has_value());
}

TEST_CASE("an expected challenge that is empty never matches") {
  const auto parsed =
      ClientData::parse(as_bytes(R"({"type":"webauthn.get","challenge":"","origin":"https://id.example"})"));
  REQUIRE(parsed.has_value());
  const auto checked = parsed->check(Ceremony::get, {}, kOrigins);
  REQUIRE(!checked.has_value());
  CHECK(checked.error().code == ErrorCode::webauthn_challenge_mismatch);
}

TEST_CASE("client data of the specification and of Chromium") {
  for (const SpecificationCase& one : specification_cases()) {
    INFO(one.id);
    const auto created = ClientData::parse(one.registration.client_data_json);
    REQUIRE(created.has_value());
    CHECK(created->challenge() == one.registration_challenge);
    const std::vector<std::string> origins = {"https://example.org"};
    const bool embedded = one.id == "none-es256-crossOrigin" || one.id == "none-es256-topOrigin";
    CHECK(created->check(Ceremony::create, one.registration_challenge, origins).has_value() != embedded);
    const auto got = ClientData::parse(one.authentication.client_data_json);
    REQUIRE(got.has_value());
    CHECK(got->check(Ceremony::get, one.authentication_challenge, origins).has_value() != embedded);
  }
  const RecordedMessage chromium = recorded("assertion_none");  // carries "other_keys_can_be_added_here"
  const auto parsed = ClientData::parse(chromium.bytes("clientDataJSON"));
  REQUIRE(parsed.has_value());
  CHECK(parsed->check(Ceremony::get, chromium.bytes("challenge"), std::vector{chromium.text("origin")}).has_value());
}
