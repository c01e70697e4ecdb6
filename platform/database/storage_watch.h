#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

namespace mibun::database {

// Looks, before each commit, whether what is written would be kept. SQLite itself goes on writing into a file that was
// removed or replaced under it, and what it acknowledges then is gone with the process.
class StorageWatch {
 public:
  // `path`: of a database that is open, with its WAL.
  explicit StorageWatch(std::string path);

  enum class State {
    well,
    no_room,  // less than kRoomBytes, or mounted read-only: passes by itself when somebody makes room
    gone,     // the database or its WAL is not the file that was opened
  };
  State look() const;

  // Kept free, so that a commit that has begun always fits, and a checkpoint after it.
  static constexpr unsigned long long kRoomBytes = 16ULL * 1024 * 1024;

 private:
  using File = std::pair<dev_t, ino_t>;
  static std::optional<File> file_at(const std::string& path);

  std::string path_;
  std::optional<File> database_, wal_;
};

}  // namespace mibun::database
