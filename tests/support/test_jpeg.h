#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace mibun {

// The structure of a photo, with a scan that no decoder would take for a picture. `filler` makes two of them differ.
struct TestJpeg {
  std::size_t width = 800, height = 700;
  std::uint8_t frame = 0xc0;
  std::size_t scan_bytes = 64;
  std::uint8_t filler = 0x55;

  Bytes bytes() const {
    Bytes file{0xff, 0xd8, 0xff, 0xe0, 0, 7, 'J', 'F', 'I', 'F', 0, 0xff, 0xdb, 0, 3, 0, 0xff, frame, 0, 17, 8};
    for (const std::size_t side : {height, width}) {
      file.push_back(static_cast<std::uint8_t>(side >> 8U));
      file.push_back(static_cast<std::uint8_t>(side & 0xffU));
    }
    const Bytes components{3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1};
    file.insert(file.end(), components.begin(), components.end());
    const Bytes scan{0xff, 0xda, 0, 12, 3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0};
    file.insert(file.end(), scan.begin(), scan.end());
    file.insert(file.end(), scan_bytes, filler);
    const Bytes end{0xff, 0x00, 0xff, 0xd0, 1, 0xff, 0xd9};
    file.insert(file.end(), end.begin(), end.end());
    return file;
  }
};

}  // namespace mibun
