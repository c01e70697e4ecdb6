#pragma once

#include <cstddef>

namespace mibun {

struct PictureSize {
  std::size_t width = 0, height = 0;  // in pixels, at least 1
};

}  // namespace mibun
