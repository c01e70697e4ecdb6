#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::server {

// What `mibun restore` leaves in a data directory, and the next start takes away when all is settled:
//   {"generation":7,"made_at":"+09:00 time, for people","made_at_ms":1,"without_journal":false}
struct RestoreMarker {
  std::int64_t generation = 0;
  Instant made_at;
  // The journal is lost: what was revoked since the backup is unknown, so every card is revoked.
  bool without_journal = false;

  static std::string path(const std::string& data_directory) { return data_directory + "/restored.json"; }
  std::string to_json() const;
  // None when there is none. Errors: io_error, json_*.
  static Result<std::optional<RestoreMarker>> read(const std::string& data_directory);
};

}  // namespace mibun::server
