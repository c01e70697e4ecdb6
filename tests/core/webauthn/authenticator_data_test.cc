#include "core/webauthn/authenticator_data.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/crypto/hash.h"
#include "core/webauthn/attestation_object.h"
#include "core/webauthn/cose_key.h"
#include "tests/support/webauthn.h"

using namespace mibun;
using namespace mibun::webauthn;
using namespace webauthn_test;

namespace {

const std::string kHash = hex::encode(crypto::sha256("id.example"));
const std::string kAaguid = "000102030405060708090a0b0c0d0e0f";

// The COSE key of key_with(1), in hex, in pieces that a row may replace.
struct KeyHex {
  std::string head = "a5", kty = "0102", alg = "0326", crv = "2001", x, y;
  KeyHex() {
    const auto key = key_with(1).public_key();
    x = "215820" + hex::encode(key.x());
    y = "225820" + hex::encode(key.y());
  }
  std::string text() const { return head + kty + alg + crv + x + y; }
};

std::string attested(const std::string& flags, const std::string& key, const std::string& id = "0004aabbccdd") {
  return kHash + flags + "00000007" + kAaguid + id + key;
}

AuthenticatorData with_flags(bool present, bool verified, bool eligible, bool state) {
  AuthenticatorData data;
  data.rp_id_hash = crypto::sha256("id.example");
  data.user_present = present;
  data.user_verified = verified;
  data.backup_eligible = eligible;
  data.backup_state = state;
  return data;
}

}  // namespace

TEST_CASE("authenticator data says what its bytes say, and writes them again") {
  const Bytes bytes = unhex(attested("c5", KeyHex().text()) + "a16b6372656450726f7465637402");
  const auto data = AuthenticatorData::parse(bytes);
  REQUIRE(data.has_value());
  CHECK(data->rp_id_hash == crypto::sha256("id.example"));
  CHECK(data->user_present);
  CHECK(data->user_verified);
  CHECK(!data->backup_eligible);
  CHECK(!data->backup_state);
  CHECK(data->counter == 7);
  REQUIRE(data->attested.has_value());
  CHECK(hex::encode(data->attested->aaguid) == kAaguid);
  CHECK(hex::encode(data->attested->credential_id) == "aabbccdd");
  CHECK(data->attested->public_key == key_with(1).public_key());
  CHECK(hex::encode(data->extensions) == "a16b6372656450726f7465637402");
  CHECK(data->write() == bytes);
}

TEST_CASE("every combination of flags without attested data and extensions is read and written again") {
  for (unsigned flags = 0; flags < 0x40; ++flags) {
    INFO(flags);
    Bytes bytes = unhex(kHash + "00fffffffe");
    bytes[32] = static_cast<std::uint8_t>(flags);
    const auto data = AuthenticatorData::parse(bytes);
    REQUIRE(data.has_value());
    CHECK(data->counter == 0xfffffffe);
    CHECK(data->user_present == ((flags & 1) != 0));
    CHECK(data->user_verified == ((flags & 4) != 0));
    CHECK(data->backup_eligible == ((flags & 8) != 0));
    CHECK(data->backup_state == ((flags & 16) != 0));
    CHECK(data->write() == bytes);
  }
}

TEST_CASE("authenticator data is refused when flags, lengths or keys are wrong") {
  struct Row {
    std::string why, bytes;
    ErrorCode want = ErrorCode::webauthn_malformed;
  };
  const auto key = [](auto change) {
    KeyHex text;
    change(text);
    return attested("45", text.text());
  };
  const std::string good = KeyHex().text();
  const std::string long_id(1023 * 2, 'a'), too_long_id(1024 * 2, 'a');
  const auto wrong_alg = ErrorCode::webauthn_algorithm_not_allowed;
  const std::vector<Row> rows = {
      {"empty", ""},
      {"one byte short", kHash + "05000000"},
      {"trailing byte", kHash + "050000000000"},
      {"AT without data", kHash + "4500000000"},
      {"data without AT", attested("05", good)},
      {"trailing byte behind the key", attested("45", good) + "00"},
      {"ED without extensions", attested("c5", good)},
      {"extensions without ED", attested("45", good) + "a0"},
      {"extensions that are no map", attested("c5", good) + "80"},
      {"extension name that is no text", attested("c5", good) + "a10102"},
      {"extensions with a duplicate", attested("c5", good) + "a2616101616102"},
      {"extensions of indefinite length", attested("c5", good) + "bf616101ff"},
      {"trailing byte behind the extensions", attested("c5", good) + "a000"},
      {"id of no bytes", attested("45", good, "0000")},
      {"id of 1024 bytes", attested("45", good, "0400" + too_long_id)},
      {"id longer than the data", attested("45", good, "03ffaabb")},
      {"no key", attested("45", "")},
      {"key that is no map", attested("45", "80")},
      {"key with too many members", key([](KeyHex& k) { k = {}, k.head = "a6", k.y += "0401"; })},
      {"key with too few members", key([](KeyHex& k) { k.head = "a4", k.y = ""; })},
      {"key with a duplicate label", key([](KeyHex& k) { k.head = "a6", k.kty = "01020102"; })},
      {"key of indefinite length", key([](KeyHex& k) { k.head = "bf", k.y += "ff"; })},
      {"label not in its shortest form", key([](KeyHex& k) { k.kty = "180102"; })},
      {"text label", key([](KeyHex& k) { k.kty = "616102"; })},
      {"kty OKP", key([](KeyHex& k) { k.kty = "0101"; })},
      {"kty as text", key([](KeyHex& k) { k.kty = "0163454332"; })},
      {"no kty", key([](KeyHex& k) { k.head = "a4", k.kty = ""; })},
      {"no alg", key([](KeyHex& k) { k.head = "a4", k.alg = ""; })},
      {"alg as text", key([](KeyHex& k) { k.alg = "03654553323536"; })},
      {"alg ES384", key([](KeyHex& k) { k.alg = "033822"; }), wrong_alg},
      {"alg EdDSA", key([](KeyHex& k) { k.alg = "0327"; }), wrong_alg},
      {"alg ESP256", key([](KeyHex& k) { k.alg = "0328"; }), wrong_alg},
      {"alg RS256", key([](KeyHex& k) { k.alg = "03390100"; }), wrong_alg},
      {"curve P-384", key([](KeyHex& k) { k.crv = "2002"; })},
      {"curve secp256k1", key([](KeyHex& k) { k.crv = "2008"; })},
      {"x of 31 bytes", key([](KeyHex& k) { k.x = "21581f" + k.x.substr(8); })},
      {"x of 33 bytes", key([](KeyHex& k) { k.x = "21582100" + k.x.substr(6); })},
      {"x as text", key([](KeyHex& k) { k.x = "217820" + std::string(64, '6'); })},
      {"compressed point", key([](KeyHex& k) { k.y = "22f5"; })},
      {"point not on the curve", key([](KeyHex& k) { k.y.back() = k.y.back() == '0' ? '1' : '0'; })},
      {"point at zero",
       key([](KeyHex& k) { k.x = "215820" + std::string(64, '0'), k.y = "225820" + std::string(64, '0'); })},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    const auto data = AuthenticatorData::parse(unhex(row.bytes));
    REQUIRE(!data.has_value());
    CHECK(data.error().code == row.want);
  }
  CHECK(AuthenticatorData::parse(unhex(attested("45", good, "03ff" + long_id))).has_value());
  CHECK(AuthenticatorData::parse(unhex(attested("45", good, "0001aa"))).has_value());
}

TEST_CASE("authenticator data has a limit") {
  AuthenticatorData data;
  data.extensions = unhex(
      "a1616159"
      "1fd5");  // {"a": a byte string}, filled up to the limit
  data.extensions.resize(kAuthenticatorDataBytesMax - 37);
  CHECK(data.write().size() == kAuthenticatorDataBytesMax);
  CHECK(AuthenticatorData::parse(data.write()).has_value());
  data.extensions[5] += 1;
  data.extensions.push_back(0);
  CHECK(!AuthenticatorData::parse(data.write()).has_value());
}

TEST_CASE("a cut anywhere is refused") {
  const Bytes whole = unhex(attested("c5", KeyHex().text()) + "a16b6372656450726f7465637402");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO(size);
    const auto data = AuthenticatorData::parse(BytesView(whole).first(size));
    REQUIRE(!data.has_value());
    CHECK(data.error().code == ErrorCode::webauthn_malformed);
  }
}

TEST_CASE("presence, verification and backup flags: all sixteen") {
  for (unsigned bits = 0; bits < 16; ++bits) {
    INFO(bits);
    const bool present = bits & 1, verified = bits & 2, eligible = bits & 4, state = bits & 8;
    const auto checked = with_flags(present, verified, eligible, state).check("id.example");
    if (present && verified && (eligible || !state)) {
      CHECK(checked.has_value());
      continue;
    }
    REQUIRE(!checked.has_value());
    CHECK(checked.error().code == (!present    ? ErrorCode::webauthn_user_not_present
                                   : !verified ? ErrorCode::webauthn_user_not_verified
                                               : ErrorCode::webauthn_backup_flags_inconsistent));
  }
  for (const std::string_view other : {"", "id.exampl", "example", "ID.example", "sub.id.example"}) {
    INFO(other);
    const auto checked = with_flags(true, true, false, false).check(other);
    REQUIRE(!checked.has_value());
    CHECK(checked.error().code == ErrorCode::webauthn_rp_id_mismatch);
  }
}

TEST_CASE("COSE keys are written as they are read") {
  const auto key = key_with(2).public_key();
  const Bytes written = write_cose_key(key);
  CHECK(written.size() == 77);
  const auto parsed = parse_cose_key(written);
  REQUIRE(parsed.has_value());
  CHECK(*parsed == key);
  Bytes appended = written;
  appended.push_back(0);
  CHECK(!parse_cose_key(appended).has_value());
}

TEST_CASE("authenticator data of the specification: ES256 is read, other algorithms are refused, signatures hold") {
  int es256 = 0, other = 0;
  for (const SpecificationCase& one : specification_cases()) {
    INFO(one.id);
    const auto object = AttestationObject::parse(one.registration.attestation_object);
    REQUIRE(object.has_value());
    const auto data = AuthenticatorData::parse(object->authenticator_data);
    if (!data) {
      CHECK(data.error().code == ErrorCode::webauthn_algorithm_not_allowed);
      ++other;
      continue;
    }
    ++es256;
    CHECK(data->write() == object->authenticator_data);
    CHECK(data->attested->credential_id == one.registration.id);
    Bytes message = one.authentication.authenticator_data;
    const auto hash = crypto::sha256(one.authentication.client_data_json);
    message.insert(message.end(), hash.begin(), hash.end());
    CHECK(data->attested->public_key.verify_der(message, one.authentication.signature).has_value());
  }
  CHECK(es256 == 10);
  CHECK(other == 5);  // ES384, ES512, RS256, Ed25519, Ed448
}
