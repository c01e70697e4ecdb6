#include "core/webauthn/attestation_certificate.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/codecs/tlv.h"
#include "core/webauthn/attestation_object.h"
#include "tests/support/webauthn.h"

using namespace mibun;
using namespace mibun::webauthn;
using namespace webauthn_test;

namespace {

Bytes recorded_leaf() {
  const auto object = must(AttestationObject::parse(recorded("registration_packed").bytes("attestationObject")));
  return must(PackedStatement::parse(object.statement)).x5c.at(0);
}

// The first place of `from` in `in`, replaced by `to` of the same length.
Bytes replaced(Bytes in, std::string_view from, std::string_view to) {
  REQUIRE(from.size() == to.size());
  std::string text(as_text(in));
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return to_bytes(text.replace(at, from.size(), to));
}

// The last place instead: the subject stands behind the issuer.
Bytes replaced_last(Bytes in, std::string_view from, std::string_view to) {
  REQUIRE(from.size() == to.size());
  std::string text(as_text(in));
  const auto at = text.rfind(from);
  REQUIRE(at != std::string::npos);
  return to_bytes(text.replace(at, from.size(), to));
}

Bytes encoded(const tlv::Node& node) {
  return tlv::write(node.tag, node.value);
}

// The certificate with its extensions replaced by these; its signature no longer holds, and is not looked at here.
Bytes with_extensions(const Bytes& der, const std::vector<Bytes>& extensions) {
  const auto parts = must(tlv::read_all(must(tlv::read_whole(der)).value));
  const auto fields = must(tlv::read_all(parts.at(0).value));
  Bytes tbs, list;
  for (std::size_t i = 0; i + 1 < fields.size(); ++i) tbs = tlv::concat({tbs, encoded(fields[i])});
  for (const Bytes& extension : extensions) list = tlv::concat({list, extension});
  if (!extensions.empty()) tbs = tlv::concat({tbs, tlv::write(0xA3, tlv::write(0x30, list))});
  return tlv::write(0x30, tlv::concat({tlv::write(0x30, tbs), encoded(parts.at(1)), encoded(parts.at(2))}));
}

Bytes extension(std::string_view oid, bool critical, const Bytes& value) {
  const Bytes flag = critical ? unhex("0101ff") : Bytes{};
  return tlv::write(0x30, tlv::concat({tlv::write(0x06, unhex(oid)), flag, tlv::write(0x04, value)}));
}

constexpr std::string_view kBasicConstraints = "551d13", kAaguidOid = "2b0601040182e51c010104";
const Bytes kNotCa = extension(kBasicConstraints, true, unhex("3000"));

}  // namespace

TEST_CASE("attestation certificates of Chromium and of the specification have the shape of section 8.2.1") {
  const Aaguid any{};
  CHECK(check_attestation_certificate(recorded_leaf(), any).has_value());
  const auto object =
      must(AttestationObject::parse(specification_case("packed-es256").registration.attestation_object));
  CHECK(check_attestation_certificate(must(PackedStatement::parse(object.statement)).x5c.at(0), any).has_value());
}

TEST_CASE("a certificate of another shape is refused") {
  const Bytes leaf = recorded_leaf();
  struct Row {
    std::string_view why;
    Bytes der;
  };
  using namespace std::string_view_literals;
  const std::vector<Row> rows = {
      {"empty", {}},
      {"not DER", unhex("00")},
      {"an empty sequence", unhex("3000")},
      {"cut", Bytes(leaf.begin(), leaf.end() - 1)},
      {"version 1", replaced(leaf, "\xA0\x03\x02\x01\x02"sv, "\xA0\x03\x02\x01\x00"sv)},
      {"another unit", replaced_last(leaf, "Authenticator Attestation", "Authenticator attestation")},
      {"no country", replaced_last(leaf, "\x06\x03\x55\x04\x06"sv, "\x06\x03\x55\x04\x07"sv)},
      {"a country that is no code",
       replaced_last(replaced_last(leaf, "\x06\x03\x55\x04\x06"sv, "\x06\x03\x55\x04\x0A"sv), "\x0A\x0C\x08"sv,
                     "\x06\x0C\x08"sv)},
      {"no organization", replaced_last(leaf, "\x06\x03\x55\x04\x0A"sv, "\x06\x03\x55\x04\x08"sv)},
      {"no unit", replaced_last(leaf, "\x06\x03\x55\x04\x0B"sv, "\x06\x03\x55\x04\x07"sv)},
      {"no name", replaced_last(leaf, "\x06\x03\x55\x04\x03"sv, "\x06\x03\x55\x04\x07"sv)},
      {"a name twice", replaced_last(leaf, "\x06\x03\x55\x04\x03"sv, "\x06\x03\x55\x04\x06"sv)},
      {"no basic constraints", replaced(leaf, "\x06\x03\x55\x1D\x13"sv, "\x06\x03\x55\x1D\x0F"sv)},
      {"basic constraints that are no sequence", replaced(leaf, "\x04\x02\x30\x00"sv, "\x04\x02\x31\x00"sv)},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto checked = check_attestation_certificate(row.der, Aaguid{});
    REQUIRE(!checked.has_value());
    CHECK(checked.error().code == ErrorCode::webauthn_attestation_invalid);
  }
}

TEST_CASE("a CA may not attest, and an AAGUID in the certificate must be the authenticator's") {
  const Bytes leaf = recorded_leaf();
  Aaguid ours{};
  ours.back() = 7;
  const Bytes same = tlv::write(0x04, ours), other = tlv::write(0x04, Aaguid{});
  struct Row {
    std::string_view why;
    std::vector<Bytes> extensions;
    bool good = false;
  };
  const std::vector<Row> rows = {
      {"no extensions", {}},
      {"not a CA", {kNotCa}, true},
      {"not a CA, said aloud", {extension(kBasicConstraints, false, unhex("3003010100"))}, true},
      {"a CA", {extension(kBasicConstraints, true, unhex("30030101ff"))}},
      {"a path length", {extension(kBasicConstraints, true, unhex("3003020100"))}},
      {"basic constraints twice", {kNotCa, kNotCa}},
      {"basic constraints cut", {extension(kBasicConstraints, true, unhex("3001"))}},
      {"the AAGUID", {kNotCa, extension(kAaguidOid, false, same)}, true},
      {"another AAGUID", {kNotCa, extension(kAaguidOid, false, other)}},
      {"a critical AAGUID", {kNotCa, extension(kAaguidOid, true, same)}},
      {"an AAGUID without its inner string", {kNotCa, extension(kAaguidOid, false, to_bytes(ours))}},
      {"an AAGUID alone", {extension(kAaguidOid, false, same)}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto checked = check_attestation_certificate(with_extensions(leaf, row.extensions), ours);
    CHECK(checked.has_value() == row.good);
    if (!checked) CHECK(checked.error().code == ErrorCode::webauthn_attestation_invalid);
  }
}
