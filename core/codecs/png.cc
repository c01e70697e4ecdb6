#include "core/codecs/png.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace mibun::png {
namespace {

constexpr auto kSignature = std::to_array<std::uint8_t>({0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
constexpr std::size_t kAroundData = 12;  // length, type and check value
constexpr std::size_t kHeaderBytes = 13;
constexpr std::uint32_t kUnsignedMax = 0x7fffffff;  // section 7.1
constexpr int kChunksMax = 1000;

// Section 5.5 and annex D: the CRC of type and data.
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
    table[byte] = value;
  }
  return table;
}();

std::uint32_t crc(BytesView bytes) {
  std::uint32_t value = 0xffffffff;
  for (const std::uint8_t byte : bytes) value = kCrcTable[(value ^ byte) & 0xff] ^ (value >> 8);
  return ~value;
}

std::uint32_t number_at(BytesView bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24) | (std::uint32_t{bytes[at + 1]} << 16) | (std::uint32_t{bytes[at + 2]} << 8) |
         bytes[at + 3];
}

// Section 11.2.1, table 11.1.
bool is_allowed(std::uint8_t colour_type, std::uint8_t depth) {
  switch (colour_type) {
    case 0:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

// What a reader may pass over has a small first letter (section 5.4); those of an animation would show another picture.
bool may_be_skipped(std::string_view type) {
  const bool is_ancillary = type[0] >= 'a' && type[0] <= 'z';
  return is_ancillary && type != "acTL" && type != "fcTL" && type != "fdAT";
}

struct Chunk {
  std::string_view type;
  BytesView data;
};

class Reader {
 public:
  explicit Reader(BytesView file) : file_(file) {}

  Result<PictureSize> read() {
    if (file_.size() < kSignature.size() || !std::ranges::equal(file_.first(kSignature.size()), kSignature)) {
      return refuse("it does not begin as one");
    }
    at_ = kSignature.size();
    MIBUN_TRY(const Chunk header, read_chunk());
    MIBUN_TRY(const PictureSize size, read_header(header));
    for (int chunks = 0; chunks < kChunksMax; ++chunks) {
      MIBUN_TRY(const Chunk chunk, read_chunk());
      if (chunk.type == "IEND") return end(chunk, size);
      MIBUN_CHECK(take(chunk));
    }
    return refuse("too many chunks");
  }

 private:
  std::unexpected<Error> refuse(std::string why) const {
    return fail(ErrorCode::photo_malformed, "byte " + std::to_string(at_), std::move(why));
  }

  Result<Chunk> read_chunk() {
    if (file_.size() - at_ < kAroundData) return refuse("it ends in the middle");
    const std::uint32_t length = number_at(file_, at_);
    if (length > kUnsignedMax || length > file_.size() - at_ - kAroundData) return refuse("a chunk's length");
    const BytesView covered = file_.subspan(at_ + 4, 4 + length);
    if (crc(covered) != number_at(file_, at_ + 8 + length)) return refuse("a chunk's check value");
    at_ += kAroundData + length;
    return Chunk{as_text(covered.first(4)), covered.subspan(4)};
  }

  Result<PictureSize> read_header(const Chunk& chunk) const {
    if (chunk.type != "IHDR" || chunk.data.size() != kHeaderBytes) return refuse("no header");
    const std::uint32_t width = number_at(chunk.data, 0), height = number_at(chunk.data, 4);
    if (width == 0 || height == 0 || width > kUnsignedMax || height > kUnsignedMax) return refuse("its sides");
    const bool is_known =
        is_allowed(chunk.data[9], chunk.data[8]) && chunk.data[10] == 0 && chunk.data[11] == 0 && chunk.data[12] <= 1;
    if (!is_known) return refuse("no such kind of picture");
    return PictureSize{.width = width, .height = height};
  }

  // Section 5.6: one palette, before the image data; these in one row.
  Status take(const Chunk& chunk) {
    if (chunk.type == "IDAT") {
      if (data_ended_) return refuse("image data in two places");
      has_data_ = true;
      return {};
    }
    data_ended_ = has_data_;
    if (chunk.type == "PLTE" && !has_palette_ && !has_data_) {
      has_palette_ = true;
      return {};
    }
    if (may_be_skipped(chunk.type)) return {};
    return refuse("a chunk that does not belong there");
  }

  Result<PictureSize> end(const Chunk& chunk, const PictureSize& size) const {
    if (!has_data_) return refuse("no image data");
    if (!chunk.data.empty() || at_ != file_.size()) return refuse("something after its end");
    return size;
  }

  BytesView file_;
  std::size_t at_ = 0;
  bool has_palette_ = false, has_data_ = false, data_ended_ = false;
};

}  // namespace

Result<PictureSize> read_size(BytesView file) {
  return Reader(file).read();
}

}  // namespace mibun::png
