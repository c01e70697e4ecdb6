#pragma once

#include "core/crypto/hash.h"

namespace mibun::crypto {

// Whether work that takes a hundred times as long as the parser is done for this input: for one in 64, told by its
// bytes, so that a finding comes back. A replay of the corpus does it for each.
inline bool is_chosen([[maybe_unused]] BytesView input) {
#ifdef MIBUN_FUZZ
  return sha256(input)[0] % 64 == 0;
#else
  return true;
#endif
}

}  // namespace mibun::crypto
