#include <doctest/doctest.h>

#include <functional>

#include "tests/core/crypto/certificate_pieces.h"

using namespace mibun;
using namespace mibun::crypto;
using namespace certificate_pieces;

// What the parser judges before anybody asks for a signature: certificates taken apart and put together wrongly.
TEST_CASE("a certificate is of one shape, whoever signed it") {
  const TestAuthority authority("root");
  const Bytes good = to_bytes(authority.root.der());
  REQUIRE(Pieces(good).der() == good);
  const Bytes algorithm384 =
      tlv::write(der::kSequence, tlv::write(der::kObjectId, Bytes{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03}));
  const auto with_extensions = [](Pieces& pieces, std::size_t count) {
    Parts list = parts_of(inside(parts_of(inside(pieces.tbs[kExtensions]))[0]));
    for (std::uint8_t i = 0; list.size() < count; ++i) list.push_back(extension({0x2a, 0x03, i}, {0x05, 0x00}));
    pieces.tbs[kExtensions] = together(kExtensionsTag, {together(der::kSequence, list)});
  };
  const auto with_times = [](Pieces& pieces, std::string_view not_before) {
    Parts times = parts_of(inside(pieces.tbs[kValidity]));
    times[0] = tlv::write(der::kUtcTime, as_bytes(not_before));
    pieces.tbs[kValidity] = together(der::kSequence, times);
  };
  struct Row {
    const char* why;
    std::function<void(Pieces&)> change;
    bool good = false;
  };
  const Bytes null = {0x05, 0x00};
  const Row rows[] = {
      {"nothing changed", [](Pieces&) {}, true},
      {"64 extensions", [&](Pieces& p) { with_extensions(p, 64); }, true},
      {"65 extensions", [&](Pieces& p) { with_extensions(p, 65); }},
      {"an extension twice",
       [&](Pieces& p) {
         add_extension(p, extension({0x2a, 0x03, 1}, {0x05, 0x00}));
         add_extension(p, extension({0x2a, 0x03, 1}, {0x05, 0x00}));
       }},
      {"as large as it may be",
       [&](Pieces& p) {
         const std::size_t others = p.der().size() + 40;
         add_extension(p, extension({0x2a, 0x03, 1}, Bytes(kCertificateBytesMax - others)));
       },
       true},
      {"too large", [&](Pieces& p) { add_extension(p, extension({0x2a, 0x03, 1}, Bytes(kCertificateBytesMax))); }},
      {"version 2", [](Pieces& p) { p.tbs[0] = tlv::write(0xa0, tlv::write(der::kInteger, Bytes{1})); }},
      {"version 4", [](Pieces& p) { p.tbs[0] = tlv::write(0xa0, tlv::write(der::kInteger, Bytes{3})); }},
      {"an empty list of extensions",
       [](Pieces& p) { p.tbs[kExtensions] = together(kExtensionsTag, {together(der::kSequence, {})}); }},
      {"something behind the extensions",
       [&](Pieces& p) {
         Parts wrapped = parts_of(inside(p.tbs[kExtensions]));
         wrapped.push_back(null);
         p.tbs[kExtensions] = together(kExtensionsTag, wrapped);
       }},
      {"a time with seconds", [&](Pieces& p) { with_times(p, "260101000000Z"); }, true},
      {"a time without seconds", [&](Pieces& p) { with_times(p, "2601010000Z"); }},
      {"a time with an offset", [&](Pieces& p) { with_times(p, "260101000000+0900"); }},
      {"a day that is none", [&](Pieces& p) { with_times(p, "260231000000Z"); }},
      {"a third time",
       [](Pieces& p) {
         Parts times = parts_of(inside(p.tbs[kValidity]));
         times.push_back(times[0]);
         p.tbs[kValidity] = together(der::kSequence, times);
       }},
      {"another algorithm outside", [&](Pieces& p) { p.outer[1] = algorithm384; }},
      {"another algorithm inside", [&](Pieces& p) { p.tbs[kAlgorithm] = algorithm384; }},
      {"a set that says it is no list",
       [](Pieces& p) {
         Parts sets = parts_of(inside(p.tbs[kSubject]));
         sets[0][0] = 0x11;
         p.tbs[kSubject] = together(der::kSequence, sets);
       }},
      {"the point at infinity",
       [](Pieces& p) {
         Parts key = parts_of(inside(p.tbs[kKey]));
         key[1] = tlv::write(der::kBitString, Bytes{0, 0});
         p.tbs[kKey] = together(der::kSequence, key);
       }},
      {"something behind the signature", [&](Pieces& p) { p.outer.push_back(null); }},
      {"something behind what is signed", [&](Pieces& p) { p.tbs.push_back(null); }},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Pieces pieces(good);
    row.change(pieces);
    const auto parsed = Certificate::parse(pieces.der());
    CHECK(parsed.has_value() == row.good);
    if (!row.good) CHECK(to_string(code_of(parsed)) == to_string(ErrorCode::certificate_malformed));
  }
}

TEST_CASE("the names in a certificate are of one kind, too") {
  const TestAuthority authority("root");
  constexpr std::uint32_t kDns = 0x82, kUri = 0x86, kIp = 0x87;
  const Bytes names = {0x55, 0x1d, 0x11}, lists = {0x55, 0x1d, 0x1f};  // subjectAltName, cRLDistributionPoints
  const auto parsed_with = [&](const Bytes& oid, const Parts& parts) {
    Pieces pieces(authority.root.der());
    add_extension(pieces, extension(oid, together(der::kSequence, parts)));
    return Certificate::parse(pieces.der());
  };
  struct Row {
    std::uint32_t kind;
    std::string_view text;
    bool good;
  };
  using namespace std::string_view_literals;
  constexpr Row rows[] = {
      {kDns, "shop.example", true},
      {kDns, "", false},
      {kDns, "shop.example\0.evil"sv, false},
      {kDns, "shop example", false},
      {kDns, "shop\x7f", false},
      {kDns, "sh\xc3\xb6p.example", false},
      {kUri, "https://a.example", true},
      {kUri, "https://a.example\0"sv, false},
      {kUri, "", false},
      {kIp, "abcd", true},
      {kIp, "0123456789abcdef", true},
      {kIp, "abc", false},
      {kIp, "abcde", false},
      {kIp, "", false},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.text));
    const auto parsed = parsed_with(names, {tlv::write(row.kind, as_bytes(row.text))});
    CHECK(parsed.has_value() == row.good);
    if (!row.good) CHECK(code_of(parsed) == ErrorCode::certificate_malformed);
  }
  const Bytes piece = tlv::write(22, as_bytes("shop.example"));
  CHECK(code_of(parsed_with(names, {tlv::write(0xa2, piece)})) == ErrorCode::certificate_malformed);  // in pieces
  CHECK(code_of(parsed_with(names, {})) == ErrorCode::certificate_malformed);
  CHECK(code_of(parsed_with(lists, {})) == ErrorCode::certificate_malformed);
}
