#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"

namespace mibun {

// The structure of a PNG, with image data that no decoder would take.
struct TestPng {
  std::uint32_t width = 240, height = 320;

  static void append_number(Bytes& file, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) file.push_back(static_cast<std::uint8_t>(number >> shift));
  }
  // CRC-32, bit by bit.
  static std::uint32_t crc(BytesView bytes) {
    std::uint32_t value = 0xffffffff;
    for (const std::uint8_t byte : bytes) {
      value ^= byte;
      for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) != 0 ? 0xedb88320U : 0U);
    }
    return ~value;
  }
  static Bytes chunk(std::string_view type, const Bytes& data = {}) {
    Bytes file;
    append_number(file, static_cast<std::uint32_t>(data.size()));
    file.insert(file.end(), type.begin(), type.end());
    file.insert(file.end(), data.begin(), data.end());
    append_number(file, crc(BytesView(file).subspan(4)));
    return file;
  }
  Bytes header(std::uint8_t depth = 8, std::uint8_t colour = 2) const {
    Bytes data;
    append_number(data, width);
    append_number(data, height);
    const Bytes rest{depth, colour, 0, 0, 0};
    data.insert(data.end(), rest.begin(), rest.end());
    return chunk("IHDR", data);
  }
  static Bytes file(std::initializer_list<Bytes> chunks) {
    Bytes file{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    for (const Bytes& one : chunks) file.insert(file.end(), one.begin(), one.end());
    return file;
  }
  Bytes bytes() const { return file({header(), chunk("IDAT", {1, 2, 3}), chunk("IEND")}); }
};

}  // namespace mibun
