#pragma once

#include <cstdint>

#include "platform/keyd/keyd.h"

namespace mibun::keyd {

enum class KeysHealth : std::uint8_t {
  ok,
  token_failed,  // the service answers, and its token did not, when somebody last needed it
  unavailable    // nobody answers
};

// A holder that is somewhere else, and may be away.
class MayBeAway {
 public:
  virtual ~MayBeAway() = default;
  // Takes a fraction of a second at most. From any thread.
  virtual KeysHealth health() = 0;
};

// Of a holder in this process: ok. It says by KeyHolder::must_restart() what else there is.
inline KeysHealth health_of(KeyHolder& holder) {
  auto* const away = dynamic_cast<MayBeAway*>(&holder);
  return away == nullptr ? KeysHealth::ok : away->health();
}

}  // namespace mibun::keyd
