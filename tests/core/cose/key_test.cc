#include "core/cose/key.h"

#include <doctest/doctest.h>

#include "tests/core/cose/support.h"

using namespace mibun;
using namespace mibun::cose;

namespace {

// The key "11" of RFC 9052, appendix C.7.1, without its private member.
constexpr std::string_view kX = "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff";
constexpr std::string_view kY = "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e";

std::string x() {
  return "215820" + std::string(kX);
}
std::string y() {
  return "225820" + std::string(kY);
}

}  // namespace

TEST_CASE("a published key is read, whatever its encoding") {
  const std::string rows[] = {
      "a4 01 02 20 01" + x() + y(),
      "a5 01 02 02 42 3131 20 01" + x() + y(),
      "a6 01 02 02 42 3131 03 26 20 01" + x() + y(),
      "a5 01 02 03 28 20 01" + x() + y(),     // ESP256
      "a5 01 02 04 81 02 20 01" + x() + y(),  // key_ops: verify
      "a5 01 02 04 82 64 7369676e 66 766572696679 20 01" + x() + y(),
      "a5 01 02 20 01" + x() + y() + "39ffff 00",  // a private-use member
      "a5 01 02 20 01" + x() + y() + "6161 00",
      "bf 20 1801 01 1802" + y() + x() + "ff",
  };
  for (const std::string& row : rows) {
    INFO(row);
    const auto key = must(CoseKey::parse(from_hex(row)));
    REQUIRE(key.key().p256() != nullptr);
    CHECK(hex::encode(key.key().p256()->x()) == kX);
    CHECK(hex::encode(key.to_cbor()) == hex::encode(from_hex("a4 01 02 20 01" + x() + y())));
    CHECK(hex::encode(key.to_cbor_with_algorithm()) == hex::encode(from_hex("a5 01 02 03 26 20 01" + x() + y())));
  }
  CHECK(must(CoseKey::parse(from_hex(rows[1]))).key_id() == from_hex("3131"));
  CHECK(must(CoseKey::parse(from_hex(rows[2]))).algorithm() == -7);
  CHECK(code_of(CoseKey::parse(from_hex(rows[8]), cbor::Form::deterministic)) == ErrorCode::cbor_indefinite_length);
}

TEST_CASE("a key that is not one of ours, or not a key, is refused") {
  struct Row {
    std::string_view why;
    std::string hex;
    ErrorCode want;
  };
  const std::string short_x = "21581f" + std::string(kX.substr(2)), long_x = "21582100" + std::string(kX);
  const Row rows[] = {
      {"private member", "a5 01 02 20 01" + x() + y() + "23 4101", ErrorCode::private_key_rejected},
      {"private member of any type", "a5 01 02 20 01" + x() + y() + "23 f6", ErrorCode::private_key_rejected},
      {"private Ed25519", "a4 01 01 20 06 23 4101 215820" + std::string(kX), ErrorCode::private_key_rejected},
      {"no kty", "a3 20 01" + x() + y(), ErrorCode::cose_key_malformed},
      {"no crv", "a3 01 02" + x() + y(), ErrorCode::cose_key_malformed},
      {"no x", "a3 01 02 20 01" + y(), ErrorCode::cose_key_malformed},
      {"no y", "a3 01 02 20 01" + x(), ErrorCode::cose_key_malformed},
      {"symmetric", "a2 01 04 20 41ff", ErrorCode::cose_key_unsupported},
      {"RSA", "a4 01 03 03 390100 20 41ff 21 43010001", ErrorCode::cose_key_unsupported},
      {"crv is bytes", "a4 01 02 20 4101" + x() + y(), ErrorCode::cose_key_malformed},
      {"P-521", "a4 01 02 20 03" + x() + y(), ErrorCode::cose_key_unsupported},
      {"secp256k1", "a4 01 02 20 08" + x() + y(), ErrorCode::cose_key_unsupported},
      {"X25519", "a3 01 01 20 04" + x(), ErrorCode::cose_key_unsupported},
      {"Ed448", "a3 01 01 20 07" + x(), ErrorCode::cose_key_unsupported},
      {"P-256 as OKP", "a4 01 01 20 01" + x() + y(), ErrorCode::cose_key_unsupported},
      {"Ed25519 as EC2", "a4 01 02 20 06" + x() + y(), ErrorCode::cose_key_unsupported},
      {"curve by name", "a4 01 02 20 65 502d323536" + x() + y(), ErrorCode::cose_key_unsupported},
      {"compressed point", "a4 01 02 20 01" + x() + "22 f5", ErrorCode::cose_key_unsupported},
      {"y is null", "a4 01 02 20 01" + x() + "22 f6", ErrorCode::cose_key_malformed},
      {"x without its leading zero", "a4 01 02 20 01" + short_x + y(), ErrorCode::cose_key_malformed},
      {"x with a zero too much", "a4 01 02 20 01" + long_x + y(), ErrorCode::cose_key_malformed},
      {"x is text", "a4 01 02 20 01 21 6161" + y(), ErrorCode::cose_key_malformed},
      {"P-384 with short coordinates", "a4 01 02 20 02" + x() + y(), ErrorCode::cose_key_malformed},
      {"not on the curve", "a4 01 02 20 01" + x() + "225820" + std::string(kX), ErrorCode::public_key_not_on_curve},
      {"Ed25519 with a y", "a4 01 01 20 06" + x() + y(), ErrorCode::cose_key_malformed},
      {"Ed25519 of 31 bytes", "a3 01 01 20 06" + short_x, ErrorCode::cose_key_malformed},
      {"alg of another key", "a5 01 02 03 27 20 01" + x() + y(), ErrorCode::cose_key_malformed},
      {"alg is ECDH", "a5 01 02 03 3818 20 01" + x() + y(), ErrorCode::cose_key_malformed},
      {"key_ops without verify", "a5 01 02 04 81 01 20 01" + x() + y(), ErrorCode::cose_key_malformed},
      {"key_ops is empty", "a5 01 02 04 80 20 01" + x() + y(), ErrorCode::cose_key_malformed},
      {"key_ops is a number", "a5 01 02 04 02 20 01" + x() + y(), ErrorCode::cose_key_malformed},
      {"kid is text", "a5 01 02 02 61 31 20 01" + x() + y(), ErrorCode::cose_key_malformed},
      {"kty twice", "a5 01 02 1801 02 20 01" + x() + y(), ErrorCode::cbor_duplicate_key},
      {"label is bytes", "a5 01 02 4101 00 20 01" + x() + y(), ErrorCode::cose_key_malformed},
      {"array", "80", ErrorCode::cose_key_malformed},
      {"nothing", "", ErrorCode::cose_key_malformed},
      {"bytes behind it", "a4 01 02 20 01" + x() + y() + "00", ErrorCode::cbor_trailing_bytes},
  };
  for (const Row& row : rows) {
    INFO(std::string(row.why));
    CHECK(to_string(code_of(CoseKey::parse(from_hex(row.hex)))) == to_string(row.want));
  }
  CHECK(code_of(CoseKey::parse(Bytes(kKeyBytesMax + 1, 0xa0))) == ErrorCode::cbor_too_large);
}

TEST_CASE("every kind of key is written deterministically and read again") {
  const crypto::PublicKey keys[] = {crypto::P256PrivateKey::generate().public_key(),
                                    crypto::P384PrivateKey::generate().public_key(),
                                    crypto::Ed25519PrivateKey::generate().public_key()};
  for (const crypto::PublicKey& key : keys) {
    for (const Bytes& encoded : {CoseKey(key).to_cbor(), CoseKey(key).to_cbor_with_algorithm()}) {
      CHECK(cbor::check_well_formed(encoded, cbor::Form::sorted).has_value());
      CHECK(must(CoseKey::parse(encoded, cbor::Form::sorted)).key() == key);
    }
  }
}

TEST_CASE("the thumbprint is that of RFC 9679, section 5") {
  const auto key = must(CoseKey::parse(
      from_hex("a5 01 02 02 58 24 6d65726961646f632e6272616e64796275636b406275636b6c616e642e6578616d706c65"
               "20 01 21 58 20 65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d"
               "22 58 20 1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c")));
  CHECK(hex::encode(key.thumbprint()) == "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec");
}
