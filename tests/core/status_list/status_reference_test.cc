#include "core/status_list/status_reference.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "tests/support/vectors.h"

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

namespace {

Bytes from_hex(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  return must(hex::decode(digits));
}

Result<StatusReference> read_status(std::string_view hex) {
  const Bytes bytes = from_hex(hex);
  cbor::Reader reader(bytes, cbor::Form::well_formed);
  return StatusReference::read_cbor(reader);
}

}  // namespace

TEST_CASE("the specification's referenced CWT names its status") {
  const json::Object vector = must(json::parse_object(read_vector("token-status-list/tokens.json")));
  const Bytes token = must(hex::decode(vector.at("referenced_token_cwt").as_string()));
  // The payload stands between the headers and the signature of 64 bytes: array, bstr(3), map {4: bstr(2)}.
  const Bytes claims(token.begin() + 13, token.end() - 66);
  const auto reference = must(StatusReference::parse_cwt_claims(claims));
  REQUIRE(reference.has_value());
  CHECK(reference->uri == "https://example.com/statuslists/1");
  CHECK(reference->index == 0);
  CHECK(reference->issuer == "https://example.com");
}

TEST_CASE("a status in CBOR comes back as it was written") {
  const StatusReference reference{"https://a.example/1", 412'345, std::nullopt};
  const Bytes encoded = reference.to_cbor();
  CHECK(cbor::check_well_formed(encoded, cbor::Form::sorted).has_value());
  cbor::Reader reader(encoded);
  CHECK(must(StatusReference::read_cbor(reader)) == reference);
  CHECK(reader.finish().has_value());
  const Bytes none = from_hex("a1 02 61 61");
  CHECK(!must(StatusReference::parse_cwt_claims(none)).has_value());
}

TEST_CASE("the other claims of a CWT are passed over, and what is no claims set is refused") {
  const Bytes status = StatusReference{"https://a.example/1", 7, std::nullopt}.to_cbor();
  const auto claims = [&] {
    cbor::Writer writer;
    writer.map(5).text("name").array(2).integer(1).integer(2).integer(4).map(0).integer(1).text("https://a.example");
    return std::move(writer.integer(65535).raw(status).text("more").null());
  };
  const auto reference = must(StatusReference::parse_cwt_claims(claims().take()));
  REQUIRE(reference.has_value());
  CHECK(reference->index == 7);
  CHECK(reference->issuer == "https://a.example");
  Bytes longer = claims().take();
  longer.push_back(0);
  CHECK(code_of(StatusReference::parse_cwt_claims(longer)) == ErrorCode::cbor_trailing_bytes);
  const auto malformed = ErrorCode::status_reference_malformed;
  CHECK(code_of(StatusReference::parse_cwt_claims(from_hex("a1 41 61 00"))) == malformed);  // a label of bytes
  CHECK(code_of(StatusReference::parse_cwt_claims(from_hex("a1 01 00"))) == malformed);     // iss is a number
}

TEST_CASE("a status in CBOR that cannot be checked is refused, never taken for none") {
  const std::string list = "6b 7374617475735f6c697374", idx = "63 696478", uri = "63 757269";
  const std::string url = "73 68747470733a2f2f612e6578616d706c652f31";  // https://a.example/1
  struct Row {
    std::string_view why;
    std::string hex;
    ErrorCode want;
  };
  const auto malformed = ErrorCode::status_reference_malformed;
  const Row rows[] = {
      {"good", "a1" + list + "a2" + idx + "05" + uri + url, ErrorCode::internal_error},
      {"with a certificate", "a1" + list + "a3" + idx + "05" + uri + url + "61 61 41 00", ErrorCode::internal_error},
      {"with a certificate in between", "a1" + list + "a3" + idx + "05 61 61 82 01 02" + uri + url,
       ErrorCode::internal_error},
      {"with another mechanism", "a2 61 61 f6" + list + "a2" + idx + "05" + uri + url, ErrorCode::internal_error},
      {"indefinite", "bf" + list + "bf" + uri + url + idx + "1805 ff ff", ErrorCode::internal_error},
      {"not a map", "80", malformed},
      {"empty", "a0", malformed},
      {"another mechanism only", "a1 61 61 f6", malformed},
      {"status_list is text", "a1" + list + "61 61", malformed},
      {"no idx", "a1" + list + "a1" + uri + url, malformed},
      {"idx negative", "a1" + list + "a2" + idx + "20" + uri + url, malformed},
      {"idx text", "a1" + list + "a2" + idx + "61 35" + uri + url, malformed},
      {"idx float", "a1" + list + "a2" + idx + "f94500" + uri + url, malformed},
      {"no uri", "a1" + list + "a1" + idx + "05", malformed},
      {"uri bytes", "a1" + list + "a2" + idx + "05" + uri + "41 61", malformed},
      {"uri is http", "a1" + list + "a2" + idx + "05" + uri + "72 687474703a2f2f612e6578616d706c652f31", malformed},
      {"name is a number", "a1 01 f6", malformed},
      {"name inside is a number", "a1" + list + "a1 01 f6", malformed},
      {"status_list twice", "a2" + list + "a0" + list + "a0", ErrorCode::cbor_duplicate_key},
      {"cut", "a1" + list, ErrorCode::cbor_truncated},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(to_string(code_of(read_status(row.hex))) == to_string(row.want));
  }
}
