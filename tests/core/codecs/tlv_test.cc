#include "core/codecs/tlv.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"

using namespace mibun;

namespace {
Bytes from_hex(std::string_view text) {
  return hex::decode(text).value();
}
}  // namespace

TEST_CASE("objects of every head size survive") {
  for (const std::uint32_t tag : {0x5aU, 0x61U, 0x5f1fU, 0x7f49U, 0x5f8101U}) {
    for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65'535U, 65'536U}) {
      const Bytes value(size, 0x42);
      const Bytes encoded = tlv::write(tag, value);
      const auto node = tlv::read_whole(encoded).value();
      CHECK(node.tag == tag);
      CHECK(to_bytes(node.value) == value);
      CHECK(node.total == encoded.size());
    }
  }
  CHECK(hex::encode(tlv::write(0x5f1f, as_bytes("ab"))) == "5f1f026162");
  CHECK(tlv::write(0x61, Bytes(200)).size() == 203);
}

TEST_CASE("objects side by side") {
  const Bytes bytes = from_hex("5a01aa5f1f02bbcc5a01dd");
  const auto nodes = tlv::read_all(bytes).value();
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[1].tag == 0x5f1f);
  CHECK(to_bytes(tlv::find(bytes, 0x5a).value()) == Bytes{0xaa});
  CHECK(tlv::find(bytes, 0x5b).error().code == ErrorCode::tlv_malformed);
  CHECK(tlv::read_all(bytes, 2).error().code == ErrorCode::tlv_malformed);
  CHECK(tlv::read(bytes).value().total == 3);
  CHECK(tlv::read_whole(bytes).error().code == ErrorCode::tlv_malformed);
  CHECK(tlv::concat({BytesView(bytes).first(3), BytesView(bytes).subspan(3)}) == bytes);
}

TEST_CASE("broken objects are refused") {
  for (const char* text : {"", "5a", "5f", "5f1f", "5a02aa", "5a80", "5a80aa0000", "5a81", "5a8180", "5a82ff",
                           "5a84ffffffff00", "5a850000000001aa", "5f81818101aa", "0000", "00", "5a83ffffff"}) {
    INFO(text);
    const auto node = tlv::read(from_hex(text));
    REQUIRE(!node.has_value());
    CHECK(node.error().code == ErrorCode::tlv_malformed);
  }
}

TEST_CASE("every cut prefix is refused") {
  const Bytes whole = tlv::write(0x7f49, tlv::write(0x5f1f, Bytes(300, 1)));
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(!tlv::read(BytesView(whole).first(size)).has_value());
}
