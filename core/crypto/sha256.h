#pragma once

// For files in core/crypto only.

#include <cstdint>

#include "core/base/bytes.h"
#include "core/crypto/hash.h"

namespace mibun::crypto {

// SHA-256 (FIPS 180-4) of bytes that come in parts. A copy goes on from where the original stood. One use: after
// finish() it is done.
class Sha256 {
 public:
  Sha256();
  void update(BytesView data);
  Sha256Digest finish();

 private:
  // Big enough and aligned for the library's state; sha256.cc checks that.
  struct alignas(8) State {
    std::uint8_t bytes[112];
  } state_;
};

}  // namespace mibun::crypto
