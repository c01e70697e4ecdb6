#include "core/codecs/tlv.h"

#include <initializer_list>

namespace mibun::tlv {
namespace {

constexpr std::uint8_t kTagContinues = 0x1f;  // all five low bits of the first tag byte
constexpr std::uint8_t kMore = 0x80;

std::unexpected<Error> malformed(std::string detail) {
  return fail(ErrorCode::tlv_malformed, {}, std::move(detail));
}

struct Tag {
  std::uint32_t number;
  std::size_t size;
};

Result<Tag> read_tag(BytesView input) {
  if (input.empty()) return malformed("a tag is missing");
  if (input[0] == 0) return malformed("tag 00 is padding, not an object");
  std::uint32_t number = input[0];
  if ((input[0] & kTagContinues) != kTagContinues) return Tag{number, 1};
  for (std::size_t i = 1; i < 3; ++i) {
    if (i >= input.size()) return malformed("a tag is cut off");
    number = number << 8 | input[i];
    if ((input[i] & kMore) == 0) return Tag{number, i + 1};
  }
  return malformed("a tag is longer than three bytes");
}

struct Length {
  std::size_t value;
  std::size_t size;
};

Result<Length> read_length(BytesView input) {
  if (input.empty()) return malformed("a length is missing");
  if ((input[0] & kMore) == 0) return Length{input[0], 1};
  const std::size_t count = input[0] & 0x7fU;
  if (count == 0) return malformed("an indefinite length");
  if (count > 4 || count >= input.size()) return malformed("a length is too long or cut off");
  std::size_t value = 0;
  for (std::size_t i = 1; i <= count; ++i) value = value << 8 | input[i];
  return Length{value, count + 1};
}

}  // namespace

Result<Node> read(BytesView input) {
  MIBUN_TRY(const Tag tag, read_tag(input));
  MIBUN_TRY(const Length length, read_length(input.subspan(tag.size)));
  const std::size_t head = tag.size + length.size;
  if (length.value > input.size() - head) return malformed("the value is cut off");
  return Node{tag.number, input.subspan(head, length.value), head + length.value};
}

Result<Node> read_whole(BytesView input) {
  MIBUN_TRY(const Node node, read(input));
  if (node.total != input.size()) return malformed("bytes after the object");
  return node;
}

Result<std::vector<Node>> read_all(BytesView input, std::size_t nodes_max) {
  std::vector<Node> nodes;
  while (!input.empty()) {
    if (nodes.size() == nodes_max) return malformed("too many objects");
    MIBUN_TRY(const Node node, read(input));
    nodes.push_back(node);
    input = input.subspan(node.total);
  }
  return nodes;
}

Result<BytesView> find(BytesView input, std::uint32_t tag) {
  while (!input.empty()) {
    MIBUN_TRY(const Node node, read(input));
    if (node.tag == tag) return node.value;
    input = input.subspan(node.total);
  }
  return malformed("the object is absent");
}

Bytes write(std::uint32_t tag, BytesView value) {
  Bytes out;
  const auto put = [&](std::size_t byte) { out.push_back(static_cast<std::uint8_t>(byte & 0xff)); };
  if (tag > 0xffff) put(tag >> 16);
  if (tag > 0xff) put(tag >> 8);
  put(tag);
  const std::size_t size = value.size();
  MIBUN_INVARIANT(size <= 0xffffffff);
  if (size < 0x80) {
    put(size);
  } else {
    const std::size_t count = size > 0xffffff ? 4 : size > 0xffff ? 3 : size > 0xff ? 2 : 1;
    put(kMore | count);
    for (std::size_t i = count; i-- > 0;) put(size >> (8 * i));
  }
  out.insert(out.end(), value.begin(), value.end());
  return out;
}

Bytes concat(std::initializer_list<BytesView> parts) {
  Bytes out;
  for (const BytesView part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace mibun::tlv
