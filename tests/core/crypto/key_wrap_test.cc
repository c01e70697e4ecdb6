#include "core/crypto/key_wrap.h"

#include <doctest/doctest.h>

#include "tests/core/crypto/wycheproof.h"

using namespace mibun;
using namespace mibun::crypto;

TEST_CASE("RFC 3394, section 4: the examples with 128 and 256 bit keys") {
  struct Row {
    const char *kek, *key, *wrapped;
  };
  constexpr Row rows[] = {
      {"000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff",
       "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "00112233445566778899aabbccddeeff",
       "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f",
       "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21"},
  };
  for (const Row& row : rows) {
    CHECK(aes_key_wrap(from_hex(row.kek), from_hex(row.key)) == from_hex(row.wrapped));
    const auto key = aes_key_unwrap(from_hex(row.kek), from_hex(row.wrapped));
    REQUIRE(key.has_value());
    CHECK(to_bytes(key->reveal()) == from_hex(row.key));
  }
}

// Decisions: tests/vectors/wycheproof/DECISIONS.md.
TEST_CASE("AES key wrap agrees with Wycheproof") {
  int accepted = 0, short_keys = 0, kek_of_24 = 0;
  const int count = for_each_wycheproof("aes_wrap_test.json", [&](const WycheproofTest& t) {
    INFO(t.label());
    const Bytes kek = t.bytes("key"), key = t.bytes("msg"), wrapped = t.bytes("ct");
    const auto unwrapped = aes_key_unwrap(kek, wrapped);
    if (t.result() == "valid" && kek.size() != 24) {
      REQUIRE(unwrapped.has_value());
      CHECK(to_bytes(unwrapped->reveal()) == key);
      CHECK(aes_key_wrap(kek, key) == wrapped);
      ++accepted;
      return;
    }
    REQUIRE(!unwrapped.has_value());
    CHECK(unwrapped.error().code == ErrorCode::key_unwrap_failed);
    kek_of_24 += t.result() == "valid";
    short_keys += t.result() == "acceptable";
  });
  CHECK(count == 165);
  CHECK(accepted == 24);
  CHECK(kek_of_24 == 12);
  CHECK(short_keys == 3);
}

TEST_CASE("every flipped bit of a wrapped key is refused") {
  const Bytes kek(16, 7), key(32, 9);
  const Bytes wrapped = aes_key_wrap(kek, key);
  for (std::size_t bit = 0; bit < wrapped.size() * 8; ++bit) {
    Bytes bad = wrapped;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
    const auto unwrapped = aes_key_unwrap(kek, bad);
    REQUIRE(!unwrapped.has_value());
    CHECK(unwrapped.error().code == ErrorCode::key_unwrap_failed);
  }
}
