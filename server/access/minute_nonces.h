#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "platform/keyd/keyd.h"

namespace mibun::server {

// Values of ours that show that something was made after we gave them out, so that nobody can stock it for later. They
// stand in no table: one is the keyed hash of its minute, the same for everybody, and any instance that shares the key
// holder knows it. Single use is the part of a jti.
class MinuteNonces {
 public:
  // `label`: what they are for; values of one label are not those of another.
  MinuteNonces(std::string label, keyd::KeyHolder& keys, const Clock& clock)
      : label_(std::move(label)), keys_(keys), clock_(clock) {}

  // The one to give out now: base64url, 43 characters.
  Result<std::string> current();
  // Live for the rest of its minute and two more, and a minute early, for clocks that are ahead of ours.
  Result<bool> is_live(std::string_view nonce);

 private:
  struct Kept {
    std::int64_t minute = -1;
    std::string nonce;
  };
  Result<std::string> nonce_of(std::int64_t minute);
  std::string label_;
  keyd::KeyHolder& keys_;
  const Clock& clock_;
  std::mutex mutex_;
  std::array<Kept, 4> kept_;  // so that the key holder is asked once a minute, not once a request
};

}  // namespace mibun::server
