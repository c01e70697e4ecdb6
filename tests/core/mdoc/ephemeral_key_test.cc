#include "core/mdoc/ephemeral_key.h"

#include <doctest/doctest.h>

#include "tests/core/mdoc/annex_d.h"
#include "tests/core/mdoc/cbor_edit.h"

using namespace mibun;
using namespace mibun::mdoc;

TEST_CASE("ISO 18013-5 Annex D: EDeviceKeyBytes is read and written byte for byte") {
  const AnnexD& d = annex_d();
  const EphemeralKey parsed = must(EphemeralKey::parse(d.e_device_key_bytes));
  CHECK(to_bytes(parsed.key().x()) == d.e_device_x);
  CHECK(to_bytes(parsed.key().y()) == d.e_device_y);
  CHECK(to_bytes(parsed.item()) == d.e_device_key_bytes);
  const auto key = must(crypto::P256PrivateKey::from_scalar(d.e_device_d));
  CHECK(EphemeralKey(key.public_key()) == parsed);
}

TEST_CASE("an ephemeral key keeps the bytes it came in, and passes over labels it does not know") {
  const AnnexD& d = annex_d();
  const Bytes key = embedded_content(d.e_device_key_bytes);
  for (const Bytes& other : {EditedMap(key).add("02", "4101").encoded(),  // kid
                             EditedMap(key).add("03", "26").encoded(),    // alg
                             EditedMap(key).add("6178", "80").encoded(),  // a text label
                             EditedMap(key).reverse().encoded(),          // any order
                             from_hex("bf") + to_bytes(BytesView(key).subspan(1)) + from_hex("ff")}) {
    const Bytes item = embed(other);
    const EphemeralKey parsed = must(EphemeralKey::parse(item));
    CHECK(to_bytes(parsed.item()) == item);
    CHECK(to_bytes(parsed.key().x()) == d.e_device_x);
  }
}

TEST_CASE("an ephemeral key that cipher suite 1 on P-256 does not allow is refused") {
  const AnnexD& d = annex_d();
  const Bytes key = embedded_content(d.e_device_key_bytes);
  constexpr std::size_t kty = 0, crv = 1, x = 2, y = 3;
  const auto bytes = [](Bytes content) {
    cbor::Writer writer;
    writer.bytes(content);
    return writer.take();
  };
  Bytes off_curve = d.e_device_y;
  off_curve[31] ^= 1;
  const Bytes short_x(d.e_device_x.begin() + 1, d.e_device_x.end());
  const Bytes field_prime = from_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
  struct Row {
    std::string_view why;
    Bytes item;
    ErrorCode want;
  };
  const ErrorCode malformed = ErrorCode::mdoc_ephemeral_key_malformed,
                  curve = ErrorCode::mdoc_ephemeral_key_wrong_curve;
  const Row rows[] = {
      {"nothing", {}, ErrorCode::cbor_truncated},
      {"no tag", key, malformed},
      {"tag 25", from_hex("d819") + bytes(key), malformed},
      {"tag 24 over a map", from_hex("d818") + key, malformed},
      {"more behind it", d.e_device_key_bytes + from_hex("00"), ErrorCode::cbor_trailing_bytes},
      {"more inside", embed(key + from_hex("00")), ErrorCode::cbor_trailing_bytes},
      {"an array inside", embed(from_hex("80")), malformed},
      {"no kty", embed(EditedMap(key).remove(kty).encoded()), malformed},
      {"no crv", embed(EditedMap(key).remove(crv).encoded()), malformed},
      {"no x", embed(EditedMap(key).remove(x).encoded()), malformed},
      {"no y", embed(EditedMap(key).remove(y).encoded()), malformed},
      {"kty twice", embed(EditedMap(key).duplicate(kty).encoded()), ErrorCode::cbor_duplicate_key},
      {"crv twice", embed(EditedMap(key).duplicate(crv).encoded()), ErrorCode::cbor_duplicate_key},
      {"x twice", embed(EditedMap(key).duplicate(x).encoded()), ErrorCode::cbor_duplicate_key},
      {"y twice", embed(EditedMap(key).duplicate(y).encoded()), ErrorCode::cbor_duplicate_key},
      {"kty a text", embed(EditedMap(key).set(kty, from_hex("6132")).encoded()), malformed},
      {"crv a text", embed(EditedMap(key).set(crv, from_hex("6131")).encoded()), malformed},
      {"x a text", embed(EditedMap(key).set(x, from_hex("6131")).encoded()), malformed},
      {"x null", embed(EditedMap(key).set(x, from_hex("f6")).encoded()), malformed},
      {"y compressed", embed(EditedMap(key).set(y, from_hex("f5")).encoded()), malformed},
      {"kty OKP", embed(EditedMap(key).set(kty, from_hex("01")).encoded()), curve},
      {"kty symmetric", embed(EditedMap(key).set(kty, from_hex("04")).encoded()), curve},
      {"P-384", embed(EditedMap(key).set(crv, from_hex("02")).encoded()), curve},
      {"X25519", embed(EditedMap(key).set(crv, from_hex("04")).encoded()), curve},
      {"curve -1", embed(EditedMap(key).set(crv, from_hex("20")).encoded()), curve},
      {"a private key", embed(EditedMap(key).add("23", "4101").encoded()), malformed},
      {"x of 31 bytes", embed(EditedMap(key).set(x, bytes(short_x)).encoded()), ErrorCode::public_key_malformed},
      {"x of 33 bytes", embed(EditedMap(key).set(x, bytes(from_hex("00") + d.e_device_x)).encoded()),
       ErrorCode::public_key_malformed},
      {"y empty", embed(EditedMap(key).set(y, from_hex("40")).encoded()), ErrorCode::public_key_malformed},
      {"not on the curve", embed(EditedMap(key).set(y, bytes(off_curve)).encoded()),
       ErrorCode::public_key_not_on_curve},
      {"zero point", embed(EditedMap(key).set(x, bytes(Bytes(32))).set(y, bytes(Bytes(32))).encoded()),
       ErrorCode::public_key_not_on_curve},
      {"x not reduced", embed(EditedMap(key).set(x, bytes(field_prime)).encoded()), ErrorCode::public_key_not_on_curve},
      {"too large", embed(EditedMap(key).add("02", "590800" + std::string(4096, '0')).encoded()),
       ErrorCode::cbor_too_large},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(EphemeralKey::parse(row.item)) == row.want);
  }
}

TEST_CASE("every cut of an ephemeral key is refused, every changed byte refused or another key") {
  const AnnexD& d = annex_d();
  const EphemeralKey whole = must(EphemeralKey::parse(d.e_device_key_bytes));
  for (std::size_t size = 0; size < d.e_device_key_bytes.size(); ++size) {
    CHECK(!EphemeralKey::parse(BytesView(d.e_device_key_bytes).first(size)).has_value());
  }
  for (std::size_t i = 0; i < d.e_device_key_bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = d.e_device_key_bytes;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1 << bit));
      CHECK(!EphemeralKey::parse(changed).has_value());
    }
  }
  CHECK(whole.key().point().size() == 65);
}
