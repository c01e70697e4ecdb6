#include "core/webauthn/attestation_object.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/webauthn.h"

using namespace mibun;
using namespace mibun::webauthn;
using namespace webauthn_test;

namespace {

constexpr std::string_view kFmt = "63666d74646e6f6e65";                 // "fmt": "none"
constexpr std::string_view kStatement = "6761747453746d74a0";           // "attStmt": {}
constexpr std::string_view kAuthData = "6861757468446174614401020304";  // "authData": h'01020304'

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

}  // namespace

TEST_CASE("an attestation object is read and written") {
  const Bytes bytes = unhex(joined({"a3", kFmt, kStatement, kAuthData}));
  const auto object = AttestationObject::parse(bytes);
  REQUIRE(object.has_value());
  CHECK(object->format == "none");
  CHECK(hex::encode(object->statement) == "a0");
  CHECK(hex::encode(object->authenticator_data) == "01020304");
  CHECK(object->write() == bytes);
  // The order of the members is not fixed by section 6.5.4.
  CHECK(AttestationObject::parse(unhex(joined({"a3", kAuthData, kFmt, kStatement}))).has_value());
}

TEST_CASE("attestation objects that are not of this form are refused") {
  struct Row {
    std::string_view why;
    std::string bytes;
  };
  const std::vector<Row> rows = {
      {"empty", ""},
      {"an array", "80"},
      {"an empty map", "a0"},
      {"no fmt", joined({"a2", kStatement, kAuthData})},
      {"no attStmt", joined({"a2", kFmt, kAuthData})},
      {"no authData", joined({"a2", kFmt, kStatement})},
      {"a fourth member", joined({"a4", kFmt, kStatement, kAuthData, "616101"})},
      {"another instead of authData", joined({"a3", kFmt, kStatement, "616101"})},
      {"fmt twice", joined({"a4", kFmt, kFmt, kStatement, kAuthData})},
      {"fmt as bytes", joined({"a3", "63666d74446e6f6e65", kStatement, kAuthData})},
      {"attStmt as bytes", joined({"a3", kFmt, "6761747453746d7441a0", kAuthData})},
      {"attStmt as null", joined({"a3", kFmt, "6761747453746d74f6", kAuthData})},
      {"authData as text", joined({"a3", kFmt, kStatement, "6861757468446174616461626364"})},
      {"integer name", joined({"a3", "01646e6f6e65", kStatement, kAuthData})},
      {"trailing byte", joined({"a3", kFmt, kStatement, kAuthData, "00"})},
      {"two objects", joined({"a3", kFmt, kStatement, kAuthData, "a3", kFmt, kStatement, kAuthData})},
      {"indefinite map", joined({"bf", kFmt, kStatement, kAuthData, "ff"})},
      {"indefinite bytes", joined({"a3", kFmt, kStatement, "6861757468446174615f4401020304ff"})},
      {"length not in its shortest form", joined({"a3", kFmt, kStatement, "686175746844617461580401020304"})},
      {"duplicates inside attStmt", joined({"a3", kFmt, "6761747453746d74a2616101616101", kAuthData})},
      {"invalid UTF-8 in fmt", joined({"a3", "63666d7461ff", kStatement, kAuthData})},
      {"a deep statement", joined({"a3", kFmt, "6761747453746d74a16161", "8181818181818181818180", kAuthData})},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto object = AttestationObject::parse(unhex(row.bytes));
    REQUIRE(!object.has_value());
    CHECK(object.error().code == ErrorCode::webauthn_malformed);
  }
  const Bytes whole = unhex(joined({"a3", kFmt, kStatement, kAuthData}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    CHECK(!AttestationObject::parse(BytesView(whole).first(size)).has_value());
  }
  AttestationObject large{"none", unhex("a0"), Bytes(kAttestationObjectBytesMax, 0)};
  CHECK(!AttestationObject::parse(large.write()).has_value());
}

TEST_CASE("packed statements are read and written, and nothing else passes for one") {
  const PackedStatement self{-7, unhex("3006020101020101"), {}};
  CHECK(hex::encode(self.write()) == "a263616c672663736967483006020101020101");
  const auto again = PackedStatement::parse(self.write());
  REQUIRE(again.has_value());
  CHECK(again->algorithm == -7);
  CHECK(again->signature == self.signature);
  CHECK(again->x5c.empty());
  const PackedStatement certified{-7, unhex("30"), {unhex("3000"), unhex("3001")}};
  CHECK(must(PackedStatement::parse(certified.write())).x5c == certified.x5c);

  const PackedStatement too_long{-7, unhex("30"), std::vector<Bytes>(kAttestationChainMax + 1, unhex("3000"))};
  const std::vector<Bytes> rows = {
      unhex("a0"),
      unhex("a163616c6726"),                                        // no sig
      unhex("a1637369674130"),                                      // no alg
      unhex("a263616c6726637369676130"),                            // sig as text
      unhex("a263616c67266373696740"),                              // an empty sig
      unhex("a263616c676132637369674130"),                          // alg as text
      unhex("a363616c67266373696741306378356380"),                  // an empty chain
      unhex("a363616c6726637369674130637835634130"),                // x5c as bytes
      unhex("a363616c672663736967413063783563816130"),              // a certificate as text
      unhex("a363616c67266373696741306a65636461614b657949644101"),  // ecdaaKeyId was removed
      unhex("a263616c672663736967413000"),                          // trailing
      too_long.write(),
      PackedStatement{-7, Bytes(kSignatureBytesMax + 1, 0), {}}.write(),
  };
  for (const Bytes& row : rows) {
    INFO(hex::encode(BytesView(row).first(std::min<std::size_t>(row.size(), 40))));
    const auto parsed = PackedStatement::parse(row);
    REQUIRE(!parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::webauthn_malformed);
  }
}
