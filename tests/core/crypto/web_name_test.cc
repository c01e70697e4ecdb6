#include "tests/core/crypto/web_readers.h"

using namespace web_readers;

TEST_CASE("both readers see the same names as the same") {
  const auto name = [](std::string_view tag_and_text) {
    const Bytes value = bytes_of(tag_and_text);
    return tlv::write(der::kSequence,
                      tlv::write(der::kSet, tlv::write(der::kSequence, tlv::concat({bytes_of("0603550403"), value}))));
  };
  const std::vector<Bytes> names = {
      name("13034a6f65"),            // Joe
      name("0c034a6f65"),            // in UTF-8
      name("0c036a4f45"),            // letters of the other case
      name("0c0720 206a6f6509 20"),  // spaces around
      name("0c066a6f6520 2078"),     // joe  x
      name("0c056a6f652078"),        // joe x
      name("1e06004a006f0065"),      // BMPString
      name("1c0c0000004a0000006f00000065"),
      name("12034a6f65"),  // NumericString: as it is
      name("1403c96c65"),
      name("0c04c3896c65"),
      name("0c04c3a96c65"),
      name("0c00"),
      name("0c0120"),
      bytes_of("3000"),
      bytes_of("30023100"),
      bytes_of("3003020101"),
      bytes_of("0500"),
      bytes_of("30163114300806035504030c0141300806035504060c0142"),
      bytes_of("30163114300806035504060c0142300806035504030c0141"),
      bytes_of("3018310a300806035504030c0141310a300806035504060c0142"),
  };
  for (const Bytes& a : names) {
    const auto text = name_text(a), own = web::name_text(a);
    INFO(hex::encode(a));
    REQUIRE(text.has_value() == own.has_value());
    if (text) CHECK(*text == *own);
    for (const Bytes& b : names) {
      INFO(hex::encode(b));
      CHECK(same_name(a, b) == web::same_name(a, b));
    }
  }
  CHECK(web::same_name(names[0], names[3]));
  CHECK(!web::same_name(names[0], names[4]));
  CHECK(*web::name_text(names[18]) == "C=B+CN=A");
}

TEST_CASE("attribute types have the library's names, identifiers of other things are shown as numbers") {
  int numbers = 0;
  const auto shown = [&](const Bytes& oid) {
    const Bytes attribute =
        tlv::write(der::kSequence, tlv::concat({tlv::write(der::kObjectId, oid), bytes_of("0c0141")}));
    const Bytes name = tlv::write(der::kSequence, tlv::write(der::kSet, attribute));
    const std::string native = must(name_text(name)), own = must(web::name_text(name));
    INFO(native, " ", own);
    const bool number = native != own;
    if (number) CHECK(own.ends_with("=#0C0141"));
    numbers += number ? 1 : 0;
    return !number;
  };
  for (std::uint8_t arc = 0; arc < 128; ++arc) {
    for (const char* family : {"5504", "0992268993f22c6401", "2a864886f70d0109", "2b0601040182373c0201"}) {
      Bytes oid = bytes_of(family);
      oid.push_back(arc);
      CHECK(shown(oid));
    }
  }
  CHECK(numbers == 0);
  // Named by the library, and no attribute type: a certificate extension, a curve.
  CHECK(!shown(bytes_of("551d13")));
  CHECK(!shown(bytes_of("2a8648ce3d030107")));
  for (const char* oid : {"00", "27", "28", "4f", "50", "7f", "8100", "8837", "2a03", "ffffffffffffffffff7f",
                          "2a8380808080808080808001", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    CHECK(shown(bytes_of(oid)));
  }
  Bytes longest(586, 0x01), longer(587, 0x01);
  CHECK(shown(longest));
  CHECK(shown(longer));
}
