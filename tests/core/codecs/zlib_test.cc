#include "core/codecs/zlib.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"

using namespace mibun;

TEST_CASE("what was deflated inflates again, up to the limit and not beyond") {
  for (const std::size_t size : {0U, 1U, 100U, 16'384U, 16'385U, 200'000U}) {
    Bytes data(size);
    for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::uint8_t>(i * i >> 3);
    const Bytes packed = zlib::deflate(data);
    CHECK(zlib::inflate(packed, size).value() == data);
    if (size > 0) CHECK(zlib::inflate(packed, size - 1).error().code == ErrorCode::zlib_too_large);
  }
}

TEST_CASE("A21: a bomb stops at the limit") {
  const Bytes packed = zlib::deflate(Bytes(50'000'000));
  CHECK(packed.size() < 100'000);
  CHECK(zlib::inflate(packed, 4'000'000).error().code == ErrorCode::zlib_too_large);
}

TEST_CASE("an example of the Token Status List specification") {
  const Bytes list = base64url::decode("eNrbuRgAAhcBXQ").value();
  CHECK(hex::encode(zlib::inflate(list, 100).value()) == "b9a3");
}

TEST_CASE("broken streams are refused") {
  const Bytes packed = zlib::deflate(to_bytes("twelve bytes and some more, and some more"));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    CHECK(zlib::inflate(BytesView(packed).first(size), 1000).error().code == ErrorCode::zlib_malformed);
  }
  Bytes longer = packed;
  longer.push_back(0);
  CHECK(zlib::inflate(longer, 1000).error().code == ErrorCode::zlib_malformed);
  Bytes bad_checksum = packed;
  bad_checksum.back() ^= 1;
  CHECK(zlib::inflate(bad_checksum, 1000).error().code == ErrorCode::zlib_malformed);
  for (std::size_t i = 0; i < packed.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = packed;
      changed[i] = static_cast<std::uint8_t>(changed[i] ^ (1 << bit));
      const auto out = zlib::inflate(changed, 1000);
      if (!out) CHECK(out.error().code != ErrorCode::unavailable);
    }
  }
  const Bytes raw_gzip = hex::decode("1f8b0800000000000003").value();
  CHECK(zlib::inflate(raw_gzip, 1000).error().code == ErrorCode::zlib_malformed);
}
