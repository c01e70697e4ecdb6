#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/base/result.h"

namespace mibun::cli {

// How long a restore takes here: a server with a database and files of the wanted sizes (of what does not compress, as
// sealed records do not) is made in a folder, backed up, restored and asked; the folder goes at the end.
struct MeasureOptions {
  std::size_t database_megabytes = 1024, files_megabytes = 4096;  // promise WP-11e: 1 GB and 4 GB
  std::string folder;  // needs about four times as much room; the system's temporary folder when empty
};

struct Measured {
  std::uint64_t bytes = 0;               // of the generation
  std::chrono::milliseconds backup{0};   // stored, read back and verified
  std::chrono::milliseconds restore{0};  // until the data was verified and in place
  std::chrono::milliseconds answer{0};   // until the server on it had answered
};

// Errors: io_error, backup_*, those of App::open.
Result<Measured> measure_restore(const MeasureOptions& options);

}  // namespace mibun::cli
