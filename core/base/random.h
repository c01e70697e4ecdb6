#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"

namespace mibun {

// A source of unpredictable bytes. Arrives as an argument; the operating system's is crypto::SystemRng.
class Rng {
 public:
  virtual ~Rng() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  Bytes bytes(std::size_t size) {
    Bytes out(size);
    fill(out);
    return out;
  }
};

}  // namespace mibun
