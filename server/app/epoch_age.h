#pragma once

#include <string>

#include "core/base/time.h"
#include "server/clock/memory.h"

namespace mibun::server {

inline constexpr auto kEpochLength = std::chrono::hours(24);

// Since when the epoch key of today is in use, in a file of the data directory: a server that starts more often than
// once a day rotates it all the same. Where that file cannot be read, or says what is yet to come, it is time.
class EpochAge {
 public:
  // Begins with `now` where there is no such file.
  EpochAge(const std::string& data_directory, Instant now);

  bool is_over(Instant now) const { return now < began_ || now - began_ >= kEpochLength; }
  // A new epoch began. What cannot be written is in the log, and means an early rotation after the next start.
  void begin(Instant now);

 private:
  RememberedMoment memory_;
  Instant began_;
};

}  // namespace mibun::server
