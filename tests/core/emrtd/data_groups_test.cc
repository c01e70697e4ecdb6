#include "core/emrtd/data_groups.h"

#include <doctest/doctest.h>

#include "core/codecs/tlv.h"
#include "core/emrtd/passport_double.h"
#include "tests/support/code_of.h"

using namespace mibun;
using namespace mibun::emrtd;

namespace {

constexpr auto kMalformed = ErrorCode::emrtd_file_malformed;

// The facial record of a DG2 that we write, and a DG2 around another one.
Bytes dg2_of(BytesView record) {
  static constexpr std::uint8_t kOne[] = {1};
  const Bytes one = tlv::write(0x7f60, tlv::concat({tlv::write(0xa1, {}), tlv::write(0x5f2e, record)}));
  return tlv::write(0x75, tlv::write(0x7f61, tlv::concat({tlv::write(0x02, kOne), one})));
}
Bytes record_of(BytesView dg2) {
  const auto group = tlv::find(tlv::read_whole(dg2)->value, 0x7f61).value();
  return to_bytes(tlv::find(tlv::find(group, 0x7f60).value(), 0x5f2e).value());
}

}  // namespace

TEST_CASE("a portrait survives DG2") {
  const Portrait portrait = portrait_double();
  const Bytes file = write_dg2(portrait);
  const Portrait read = parse_dg2(file).value();
  CHECK(read.image == portrait.image);
  CHECK(read.format == PortraitFormat::jpeg);
  CHECK(read.media_type() == "image/jpeg");
  Portrait jp2{PortraitFormat::jpeg2000, {0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, 0x87, 10, 1, 2, 3}};
  CHECK(parse_dg2(write_dg2(jp2))->format == PortraitFormat::jpeg2000);
  CHECK(parse_dg2(write_dg2(jp2))->media_type() == "image/jp2");
  jp2.image = {0xff, 0x4f, 0xff, 0x51, 0};
  CHECK(parse_dg2(write_dg2(jp2))->image == jp2.image);
}

TEST_CASE("every bound of DG2 is checked") {
  const Bytes good = record_of(write_dg2(portrait_double()));
  REQUIRE(parse_dg2(dg2_of(good)).has_value());
  const auto with = [&](std::size_t at, std::initializer_list<std::uint8_t> bytes) {
    Bytes record = good;
    std::copy(bytes.begin(), bytes.end(), record.begin() + static_cast<std::ptrdiff_t>(at));
    return dg2_of(record);
  };
  struct Row {
    const char* why;
    Bytes file;
  };
  const Row rows[] = {
      {"empty", {}},
      {"another tag", tlv::write(0x76, {})},
      {"no group", tlv::write(0x75, {})},
      {"not a facial record", with(0, {'F', 'I', 'R'})},
      {"record length too small", with(8, {0, 0, 0, 20})},
      {"record length too large", with(8, {0xff, 0xff, 0xff, 0xff})},
      {"no face", with(12, {0, 0})},
      {"block length too small", with(14, {0, 0, 0, 31})},
      {"block length too large", with(14, {0xff, 0xff, 0xff, 0xff})},
      {"block length one too large", with(14, {0, 0, 0x05, 0x95})},
      {"65535 feature points", with(18, {0xff, 0xff})},
      {"one feature point that is not there", with(18, {0, 1})},
      {"not an image", with(46, {'G', 'I', 'F'})},
      {"a PNG", with(46, {0x89, 'P', 'N', 'G'})},
      {"count zero",
       [&] {
         Bytes file = dg2_of(good);
         file[file.size() - good.size() - 4 - 2 - 5 - 1] = 0;
         return file;
       }()},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(code_of(parse_dg2(row.file)) == kMalformed);
  }
  for (std::size_t size = 0; size < good.size(); size += size < 64 ? 1 : 97) {
    CHECK(!parse_dg2(dg2_of(BytesView(good).first(size))).has_value());
  }
  const Bytes file = write_dg2(portrait_double());
  for (std::size_t size = 0; size < file.size(); size += size < 80 ? 1 : 97) {
    CHECK(!parse_dg2(BytesView(file).first(size)).has_value());
  }
  Bytes longer = file;
  longer.push_back(0);
  CHECK(code_of(parse_dg2(longer)) == kMalformed);
  Portrait huge = portrait_double();
  huge.image.resize(kFileBytesMax);
  CHECK(code_of(parse_dg2(write_dg2(huge))) == ErrorCode::emrtd_file_too_large);
}

TEST_CASE("feature points before the image are skipped") {
  Bytes record = record_of(write_dg2(portrait_double()));
  record.insert(record.begin() + 34, 8, 0xff);
  record[19] = 1;
  for (const std::size_t at : {11u, 17u}) record[at] = static_cast<std::uint8_t>(record[at] + 8);
  CHECK(parse_dg2(dg2_of(record))->image == portrait_double().image);
}

TEST_CASE("DG1 holds one zone and nothing else") {
  const CalendarDate today{2026, 11, 23};
  const std::string zone = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10";
  CHECK(parse_dg1(write_dg1(zone), today)->document_number == "L898902C3");
  CHECK(code_of(parse_dg1({}, today)) == kMalformed);
  CHECK(code_of(parse_dg1(tlv::write(0x61, {}), today)) == kMalformed);
  CHECK(code_of(parse_dg1(tlv::write(0x62, tlv::write(0x5f1f, as_bytes(zone))), today)) == kMalformed);
  CHECK(code_of(parse_dg1(tlv::write(0x61, tlv::write(0x5f1e, as_bytes(zone))), today)) == kMalformed);
  const Bytes twice = tlv::concat({tlv::write(0x5f1f, as_bytes(zone)), tlv::write(0x5f1f, as_bytes(zone))});
  CHECK(code_of(parse_dg1(tlv::write(0x61, twice), today)) == kMalformed);
  CHECK(code_of(parse_dg1(write_dg1(zone.substr(1)), today)) == ErrorCode::emrtd_mrz_malformed);
}

TEST_CASE("DG14 names the chip's algorithm once") {
  CHECK(parse_dg14(write_dg14())->active_authentication == ActiveAuthenticationAlgorithm::ecdsa_sha256);
  CHECK(!parse_dg14(write_dg14())->offers_chip_authentication);
  const Bytes oid = {0x67, 0x81, 0x08, 0x01, 0x01, 0x05};
  const auto info = [&](BytesView protocol, std::uint8_t version, std::uint8_t hash) {
    const std::uint8_t number[] = {version};
    const Bytes algorithm = {0x04, 0x00, 0x7f, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, hash};
    return tlv::write(0x30,
                      tlv::concat({tlv::write(0x06, protocol), tlv::write(0x02, number), tlv::write(0x06, algorithm)}));
  };
  const auto file = [](BytesView infos) { return tlv::write(0x6e, tlv::write(0x31, infos)); };
  CHECK(parse_dg14(file(info(oid, 1, 4)))->active_authentication == ActiveAuthenticationAlgorithm::ecdsa_sha384);
  CHECK(parse_dg14(file(info(oid, 1, 5)))->active_authentication == ActiveAuthenticationAlgorithm::ecdsa_sha512);
  CHECK(parse_dg14(file(info(oid, 1, 1)))->active_authentication == ActiveAuthenticationAlgorithm::other);
  CHECK(!parse_dg14(file({}))->active_authentication.has_value());
  const Bytes chip = tlv::write(
      0x30, tlv::concat({tlv::write(0x06, Bytes{4, 0, 0x7f, 0, 7, 2, 2, 3, 2, 2}), tlv::write(0x02, Bytes{1})}));
  CHECK(parse_dg14(file(chip))->offers_chip_authentication);
  CHECK(code_of(parse_dg14(file(tlv::concat({info(oid, 1, 3), info(oid, 1, 3)})))) == kMalformed);
  CHECK(code_of(parse_dg14(file(info(oid, 2, 3)))) == kMalformed);
  CHECK(code_of(parse_dg14(file(Bytes{0x02, 0x01, 0x01}))) == kMalformed);
  CHECK(code_of(parse_dg14(tlv::write(0x6e, {}))) == kMalformed);
}

TEST_CASE("DG15 holds one key") {
  const crypto::P256PublicKey key = crypto::P256PrivateKey::generate().public_key();
  CHECK(parse_dg15(write_dg15(key)).value() == key.spki());
  CHECK(code_of(parse_dg15(tlv::write(0x6f, {}))) == kMalformed);
  CHECK(code_of(parse_dg15(tlv::write(0x6f, tlv::concat({key.spki(), key.spki()})))) == kMalformed);
  CHECK(code_of(parse_dg15(key.spki())) == kMalformed);
}
