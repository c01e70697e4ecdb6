#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::server {

// The file with the last moment at which this server trusted its clock. A program that starts with an earlier clock
// knows by it that the clock was set back while nobody looked.
inline constexpr const char* kClockSeen = "clock.seen";

// A moment that outlives the program, in a file of the data directory that is in no backup: "mibun clock 1 <ms since
// 1970>" and a line feed.
class RememberedMoment {
 public:
  RememberedMoment(const std::string& data_directory, const std::string& file) : path_(data_directory + "/" + file) {}

  // None before the first. Errors: io_error (also: not such a file).
  Result<std::optional<Instant>> read() const;
  // Durable. Errors: io_error.
  Status write(Instant moment) const;

 private:
  std::string path_;
};

}  // namespace mibun::server
