#include "core/emrtd/sod.h"

#include <doctest/doctest.h>

#include "core/codecs/tlv.h"
#include "tests/support/code_of.h"

using namespace mibun;
using namespace mibun::emrtd;

namespace {

const Bytes kSha256 = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};

Bytes entry(int number, std::size_t size = 32) {
  const std::uint8_t byte[] = {static_cast<std::uint8_t>(number)};
  return tlv::write(0x30, tlv::concat({tlv::write(0x02, byte), tlv::write(0x04, Bytes(size, 7))}));
}
Bytes object(int version, BytesView oid, std::initializer_list<Bytes> entries, BytesView more = {}) {
  const std::uint8_t byte[] = {static_cast<std::uint8_t>(version)};
  Bytes list;
  for (const Bytes& one : entries) list.insert(list.end(), one.begin(), one.end());
  const Bytes algorithm = tlv::write(0x30, tlv::concat({tlv::write(0x06, oid), tlv::write(0x05, {})}));
  return tlv::write(0x30, tlv::concat({tlv::write(0x02, byte), algorithm, tlv::write(0x30, list), more}));
}

}  // namespace

TEST_CASE("a security object survives writing") {
  for (const DigestAlgorithm algorithm : {DigestAlgorithm::sha256, DigestAlgorithm::sha384, DigestAlgorithm::sha512}) {
    SecurityObject made{0, algorithm, {}};
    for (const int number : {1, 2, 3, 14, 15, 16}) made.digests[number] = digest(algorithm, Bytes{1, 2});
    const SecurityObject read = parse_security_object(write_security_object(made)).value();
    CHECK(read.algorithm == algorithm);
    CHECK(read.digests == made.digests);
  }
  const Bytes lds =
      tlv::write(0x30, tlv::concat({tlv::write(0x13, as_bytes("0108")), tlv::write(0x13, as_bytes("040000"))}));
  CHECK(parse_security_object(object(1, kSha256, {entry(1), entry(2)}, lds))->version == 1);
  CHECK(parse_security_object(object(0, kSha256, {entry(2), entry(1)})).has_value());
}

TEST_CASE("security objects that 9303 does not allow are refused") {
  const Bytes sha1 = {0x2b, 0x0e, 0x03, 0x02, 0x1a};
  Bytes sha224 = kSha256;
  sha224.back() = 4;
  const auto malformed = ErrorCode::emrtd_sod_malformed;
  struct Row {
    const char* why;
    Bytes der;
    ErrorCode want;
  };
  const Row rows[] = {
      {"empty", {}, malformed},
      {"DG1 twice", object(0, kSha256, {entry(1), entry(2), entry(1)}), ErrorCode::emrtd_duplicate_data_group},
      {"DG3 twice", object(0, kSha256, {entry(1), entry(2), entry(3), entry(3)}),
       ErrorCode::emrtd_duplicate_data_group},
      {"no DG2", object(0, kSha256, {entry(1), entry(3)}), malformed},
      {"no DG1", object(0, kSha256, {entry(2), entry(3)}), malformed},
      {"one entry", object(0, kSha256, {entry(1)}), malformed},
      {"DG0", object(0, kSha256, {entry(1), entry(2), entry(0)}), malformed},
      {"DG17", object(0, kSha256, {entry(1), entry(2), entry(17)}), malformed},
      {"a short digest", object(0, kSha256, {entry(1), entry(2, 31)}), malformed},
      {"a long digest", object(0, kSha256, {entry(1), entry(2, 48)}), malformed},
      {"SHA-1", object(0, sha1, {entry(1, 20), entry(2, 20)}), ErrorCode::digest_not_allowed},
      {"SHA-224", object(0, sha224, {entry(1, 28), entry(2, 28)}), ErrorCode::digest_not_allowed},
      {"version 2", object(2, kSha256, {entry(1), entry(2)}), malformed},
      {"version info with version 0", object(0, kSha256, {entry(1), entry(2)}, tlv::write(0x30, {})), malformed},
      {"more than there is room for", object(1, kSha256, {entry(1), entry(2)}, Bytes{5, 0, 5, 0}), malformed},
      {"bytes after the end", tlv::concat({object(0, kSha256, {entry(1), entry(2)}), Bytes{0}}), malformed},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(code_of(parse_security_object(row.der)) == row.want);
  }
}

TEST_CASE("EF.SOD is one object of tag 77") {
  const Bytes cms = {0x30, 0x00};
  CHECK(to_bytes(parse_ef_sod(write_ef_sod(cms)).value()) == cms);
  CHECK(parse_ef_sod(cms).error().code == ErrorCode::emrtd_sod_malformed);
  CHECK(parse_ef_sod({}).error().code == ErrorCode::emrtd_sod_malformed);
  Bytes longer = write_ef_sod(cms);
  longer.push_back(0);
  CHECK(parse_ef_sod(longer).error().code == ErrorCode::emrtd_sod_malformed);
  CHECK(parse_ef_sod(Bytes(256 * 1024 + 1, 0x77)).error().code == ErrorCode::emrtd_file_too_large);
}
