#include "core/mdoc/device_engagement.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "tests/core/mdoc/annex_d.h"
#include "tests/core/mdoc/cbor_edit.h"

using namespace mibun;
using namespace mibun::mdoc;

namespace {

EphemeralKey device_key() {
  return must(EphemeralKey::parse(annex_d().e_device_key_bytes));
}

BleUuid uuid(std::string_view hex) {
  BleUuid out{};
  const Bytes bytes = from_hex(hex);
  REQUIRE(bytes.size() == out.size());
  std::ranges::copy(bytes, out.begin());
  return out;
}

// An engagement of the example's key with this as the options of one retrieval method.
Bytes with_method(std::string_view hex) {
  cbor::Writer writer;
  writer.map(3).integer(0).text("1.0").integer(1).array(2).integer(1).raw(annex_d().e_device_key_bytes);
  writer.integer(2).array(1).raw(from_hex(hex));
  return writer.take();
}

Bytes with_server(std::string_view hex) {
  return EditedMap(annex_d().device_engagement).add("03", hex).encoded();
}

constexpr std::string_view kUuidHex = "45efef742b2c4837a9a3b0e1d05a6917";

}  // namespace

TEST_CASE("ISO 18013-5 Annex D: the device engagement is read and written byte for byte") {
  const AnnexD& d = annex_d();
  const DeviceEngagement parsed = must(DeviceEngagement::parse(d.device_engagement));
  CHECK(parsed.version() == "1.0");
  CHECK(parsed.device_key() == device_key());
  CHECK(to_bytes(parsed.encoded()) == d.device_engagement);
  const BleRetrieval ble{.central_client = BleRetrieval::CentralClient{uuid(kUuidHex)}};
  REQUIRE(parsed.retrieval_methods().size() == 1);
  CHECK(parsed.retrieval_methods()[0] == RetrievalMethod(ble));
  CHECK(!parsed.web_api());
  CHECK(!parsed.oidc());
  CHECK(!parsed.protocol_info());

  const auto made = DeviceEngagement::make(device_key(), {.retrieval_methods = {ble}});
  CHECK(to_bytes(made.encoded()) == d.device_engagement);
}

TEST_CASE("ISO 18013-5 Annex D: the engagement of the NFC example has no retrieval methods") {
  const AnnexD& d = annex_d();
  cbor::Reader reader(embedded_content(d.session_transcript_bytes));
  const Bytes transcript = embedded_content(d.session_transcript_bytes);
  cbor::Reader parts(transcript);
  must(parts.enter_array());
  const BytesView engagement = must(parts.read_embedded()).content;
  const DeviceEngagement parsed = must(DeviceEngagement::parse(engagement));
  CHECK(parsed.retrieval_methods().empty());
  CHECK(to_bytes(DeviceEngagement::make(device_key(), {}).encoded()) == to_bytes(engagement));
}

TEST_CASE("a QR code holds mdoc: and base64url without padding") {
  const AnnexD& d = annex_d();
  const std::string text = "mdoc:" + base64url::encode(d.device_engagement);
  const DeviceEngagement parsed = must(DeviceEngagement::parse_text(text));
  CHECK(parsed.text() == text);
  CHECK(to_bytes(must(DeviceEngagement::parse_text("MDOC:" + text.substr(5))).encoded()) == d.device_engagement);

  const ErrorCode text_malformed = ErrorCode::mdoc_engagement_text_malformed;
  struct Row {
    std::string_view why;
    std::string text;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing", "", text_malformed},
      {"no scheme", text.substr(5), text_malformed},
      {"another scheme", "mdl:" + text.substr(5), text_malformed},
      {"slashes", "mdoc://" + text.substr(5), text_malformed},
      {"padding", text + "=", text_malformed},
      {"a space", text + " ", text_malformed},
      {"the other alphabet", "mdoc:+/8", text_malformed},
      {"trailing bits", "mdoc:oB", text_malformed},
      {"no path", "mdoc:", ErrorCode::cbor_truncated},
      {"cut", text.substr(0, 5 + 148), ErrorCode::cbor_truncated},
      {"too long", "mdoc:" + std::string(20'000, 'A'), ErrorCode::mdoc_engagement_too_large},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(DeviceEngagement::parse_text(row.text)) == row.want);
  }
}

TEST_CASE("retrieval methods are typed, and written as they are read") {
  const RetrievalMethod nfc = NfcRetrieval{.command_bytes_max = 4096, .response_bytes_max = 32768};
  const RetrievalMethod both =
      BleRetrieval{.peripheral_server = BleRetrieval::PeripheralServer{.uuid = uuid("00000000000000000000000000000001"),
                                                                       .device_address = from_hex("112233445566")},
                   .central_client = BleRetrieval::CentralClient{uuid(kUuidHex)}};
  const RetrievalMethod neither = BleRetrieval{};
  const RetrievalMethod wifi = WifiAwareRetrieval{
      .passphrase = "foobar", .operating_class = 43, .channel = 42, .supported_bands = from_hex("0102")};
  const RetrievalMethod bare_wifi = WifiAwareRetrieval{};
  const RetrievalMethod other = OtherRetrieval{.type = 4, .version = 1, .options = from_hex("a1006161")};
  const RetrievalMethod later_nfc = OtherRetrieval{.type = 1, .version = 2, .options = from_hex("80")};
  struct Row {
    const RetrievalMethod& method;
    std::string hex;
  };
  const Row rows[] = {
      {nfc,
       "830101a200191000011980"
       "00"},
      {both, "830201a500f501f50a50000000000000000000000000000000010b50" + std::string(kUuidHex) + "1446112233445566"},
      {neither, "830201a200f401f4"},
      {wifi, "830301a40066666f6f62617201182b02182a03420102"},
      {bare_wifi, "830301a0"},
      {other, "830401a1006161"},
      {later_nfc, "83010280"},
  };
  for (const Row& row : rows) {
    INFO(row.hex);
    const DeviceEngagement parsed = must(DeviceEngagement::parse(with_method(row.hex)));
    REQUIRE(parsed.retrieval_methods().size() == 1);
    CHECK(parsed.retrieval_methods()[0] == row.method);
    const auto made = DeviceEngagement::make(device_key(), {.retrieval_methods = {row.method}});
    CHECK(to_bytes(made.encoded()) == with_method(row.hex));
  }
}

TEST_CASE("options nobody knows are passed over in a retrieval method") {
  const DeviceEngagement parsed =
      must(DeviceEngagement::parse(with_method("830101a3001910000119800018"
                                               "2af5")));
  CHECK(parsed.retrieval_methods()[0] == RetrievalMethod(NfcRetrieval{4096, 32768}));
  const DeviceEngagement in_between =
      must(DeviceEngagement::parse(with_method("830101a300191000182a8201020119"
                                               "8000")));
  CHECK(in_between.retrieval_methods()[0] == RetrievalMethod(NfcRetrieval{4096, 32768}));
}

TEST_CASE("server retrieval and protocol information are read; later members are passed over") {
  const AnnexD& d = annex_d();
  const ServerRetrieval web{.version = 1, .issuer_url = "https://a", .token = "t"};
  const ServerRetrieval oidc{.version = 2, .issuer_url = "https://b", .token = ""};
  const auto made = DeviceEngagement::make(device_key(), {.web_api = web, .oidc = oidc});
  const DeviceEngagement parsed = must(DeviceEngagement::parse(made.encoded()));
  CHECK(parsed.web_api() == web);
  CHECK(parsed.oidc() == oidc);
  const auto one = must(DeviceEngagement::parse(DeviceEngagement::make(device_key(), {.oidc = oidc}).encoded()));
  CHECK(!one.web_api());
  CHECK(one.oidc() == oidc);

  const Bytes other_server = EditedMap(d.device_engagement).add("03", "a2617883010203646f696463830161616162").encoded();
  CHECK(must(DeviceEngagement::parse(other_server)).oidc() == ServerRetrieval{1, "a", "b"});

  // ProtocolInfo, edition 2's OriginInfos (5) and Capabilities (6), a private label; version 1.1.
  const Bytes later = EditedMap(d.device_engagement)
                          .set(0, from_hex("63312e31"))
                          .add("04", "8101")
                          .add("05", "80")
                          .add("06", "a0")
                          .add("20", "f6")
                          .encoded();
  const DeviceEngagement edition2 = must(DeviceEngagement::parse(later));
  CHECK(edition2.version() == "1.1");
  CHECK(edition2.protocol_info() == from_hex("8101"));
  CHECK(to_bytes(edition2.encoded()) == later);
}

TEST_CASE("an engagement the standard does not allow is refused") {
  const AnnexD& d = annex_d();
  const Bytes& e = d.device_engagement;
  constexpr std::size_t version = 0, security = 1, methods = 2;
  const ErrorCode malformed = ErrorCode::mdoc_engagement_malformed;
  const ErrorCode not_supported = ErrorCode::mdoc_engagement_version_not_supported;
  const auto set = [&](std::size_t index, std::string_view hex) {
    return EditedMap(e).set(index, from_hex(hex)).encoded();
  };
  const auto with_security = [&](const Bytes& head, const Bytes& rest) {
    return EditedMap(e).set(security, head + rest).encoded();
  };
  const Bytes& key = d.e_device_key_bytes;
  Bytes many = from_hex("91");
  for (int i = 0; i < 17; ++i) many = many + from_hex("830401a0");
  struct Row {
    std::string_view why;
    Bytes engagement;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing", {}, ErrorCode::cbor_truncated},
      {"an array", from_hex("80"), malformed},
      {"empty", from_hex("a0"), malformed},
      {"more behind it", e + from_hex("00"), ErrorCode::cbor_trailing_bytes},
      {"too large", Bytes(kEngagementBytesMax + 1), ErrorCode::mdoc_engagement_too_large},
      {"no version", EditedMap(e).remove(version).encoded(), malformed},
      {"no security", EditedMap(e).remove(security).encoded(), malformed},
      {"version twice", EditedMap(e).duplicate(version).encoded(), ErrorCode::cbor_duplicate_key},
      {"security twice", EditedMap(e).duplicate(security).encoded(), ErrorCode::cbor_duplicate_key},
      {"methods twice", EditedMap(e).duplicate(methods).encoded(), ErrorCode::cbor_duplicate_key},
      {"a text label", EditedMap(e).add("6161", "00").encoded(), malformed},
      {"version a number", set(version, "01"), malformed},
      {"version empty", set(version, "60"), not_supported},
      {"version 2.0", set(version, "63322e30"), not_supported},
      {"version 10", set(version, "623130"), not_supported},
      {"version 1.", set(version, "62312e"), not_supported},
      {"version 1.x", set(version, "63312e78"), not_supported},
      {"version 1.0 and a space", set(version, "64312e3020"), not_supported},
      {"security a map", set(security, "a0"), malformed},
      {"security empty", set(security, "80"), malformed},
      {"security without a key", set(security, "8101"), malformed},
      {"security of three", with_security(from_hex("8301"), key + from_hex("00")), malformed},
      {"cipher suite a text", with_security(from_hex("826131"), key), malformed},
      {"cipher suite -1", with_security(from_hex("8220"), key), malformed},
      {"cipher suite 0", with_security(from_hex("8200"), key), ErrorCode::mdoc_engagement_cipher_suite_not_supported},
      {"cipher suite 2", with_security(from_hex("8202"), key), ErrorCode::mdoc_engagement_cipher_suite_not_supported},
      {"a key that is none", with_security(from_hex("8201"), from_hex("a0")), ErrorCode::mdoc_ephemeral_key_malformed},
      {"methods null", set(methods, "f6"), malformed},
      {"methods a map", set(methods, "a0"), malformed},
      {"no methods in the list", set(methods, "80"), malformed},
      {"17 methods", EditedMap(e).set(methods, many).encoded(), ErrorCode::mdoc_engagement_too_large},
      {"method a map", with_method("a0"), malformed},
      {"method empty", with_method("80"), malformed},
      {"method without version", with_method("8101"), malformed},
      {"method without options", with_method("820101"), malformed},
      {"method of four", with_method("840201a200f401f400"), malformed},
      {"unknown method of four", with_method("840401a000"), malformed},
      {"method type a text", with_method("83613201a0"), malformed},
      {"method type negative", with_method("832001a0"), malformed},
      {"method version a text", with_method("83026131a0"), malformed},
      {"options an array", with_method("83020180"), malformed},
      {"options with a text label", with_method("830301a1613000"), malformed},
      {"option twice", with_method("830301a201010101"), ErrorCode::cbor_duplicate_key},
      {"NFC without command length", with_method("830101a1011980ff"), malformed},
      {"NFC without response length", with_method("830101a100191000"), malformed},
      {"NFC length a text", with_method("830101a2006131011980ff"), malformed},
      {"NFC length negative", with_method("830101a20020011980ff"), malformed},
      {"BLE without modes", with_method("830201a0"), malformed},
      {"BLE without central mode", with_method("830201a100f4"), malformed},
      {"BLE without peripheral mode", with_method("830201a101f4"), malformed},
      {"BLE mode a number", with_method("830201a2000101f4"), malformed},
      {"BLE mode null", with_method("830201a200f601f4"), malformed},
      {"BLE central without its UUID", with_method("830201a200f401f5"), malformed},
      {"BLE peripheral without its UUID", with_method("830201a200f501f4"), malformed},
      {"BLE with the other mode's UUID", with_method("830201a300f401f50a50" + std::string(kUuidHex)), malformed},
      {"BLE UUID of 15 bytes", with_method("830201a300f401f50b4f" + std::string(kUuidHex.substr(2))), malformed},
      {"BLE UUID of 17 bytes", with_method("830201a300f401f50b51" + std::string(kUuidHex) + "00"), malformed},
      {"BLE UUID a text", with_method("830201a300f401f50b6131"), malformed},
      {"BLE address a text", with_method("830201a300f401f4146131"), malformed},
      {"Wi-Fi passphrase bytes", with_method("830301a1004131"), malformed},
      {"Wi-Fi class a text", with_method("830301a1016131"), malformed},
      {"Wi-Fi channel a text", with_method("830301a1026131"), malformed},
      {"Wi-Fi bands a text", with_method("830301a1036131"), malformed},
      {"servers an array", with_server("80"), malformed},
      {"servers with a number", with_server("a10180"), malformed},
      {"webApi a map", with_server("a166776562417069a0"), malformed},
      {"webApi empty", with_server("a16677656241706980"), malformed},
      {"webApi without URL", with_server("a1667765624170698101"), malformed},
      {"webApi without token",
       with_server("a166776562417069820161"
                   "61"),
       malformed},
      {"webApi of four",
       with_server("a1667765624170698401616161"
                   "6200"),
       malformed},
      {"oidc version a text",
       with_server("a1646f696463836131616161"
                   "62"),
       malformed},
      {"oidc URL a number",
       with_server("a1646f696463830101616"
                   "2"),
       malformed},
      {"oidc token a number",
       with_server("a1646f69646383016161"
                   "01"),
       malformed},
      {"oidc twice",
       with_server("a2646f6964638301616161"
                   "62646f6964638301616161"
                   "62"),
       ErrorCode::cbor_duplicate_key},
      {"too deep",
       EditedMap(e).add("07", std::string(40, '8').replace(0, 40, "81818181818181818181818181818181818100")).encoded(),
       ErrorCode::cbor_too_deep},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(DeviceEngagement::parse(row.engagement)) == row.want);
  }
}

TEST_CASE("every cut of an engagement is refused") {
  const Bytes& e = annex_d().device_engagement;
  for (std::size_t size = 0; size < e.size(); ++size) {
    CHECK(!DeviceEngagement::parse(BytesView(e).first(size)).has_value());
  }
}

TEST_CASE("what an engagement parses survives being made again") {
  const DeviceEngagement parsed = must(DeviceEngagement::parse(annex_d().device_engagement));
  const auto again = DeviceEngagement::make(parsed.device_key(), {.retrieval_methods = parsed.retrieval_methods()});
  CHECK(to_bytes(again.encoded()) == to_bytes(parsed.encoded()));
}

TEST_CASE("the BLE Ident is derived from EDeviceKeyBytes") {
  const DeviceEngagement parsed = must(DeviceEngagement::parse(annex_d().device_engagement));
  // RFC 5869 by its two steps: no salt is 32 zeros, one block is enough.
  const crypto::Sha256Digest prk = crypto::hmac_sha256(Bytes(32), annex_d().e_device_key_bytes);
  const crypto::Sha256Digest block = crypto::hmac_sha256(prk, to_bytes("BLEIdent") + from_hex("01"));
  CHECK(std::ranges::equal(parsed.ble_ident(), BytesView(block).first(16)));
}
