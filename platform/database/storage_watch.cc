#include "platform/database/storage_watch.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace mibun::database {

StorageWatch::StorageWatch(std::string path)
    : path_(std::move(path)), database_(file_at(path_)), wal_(file_at(path_ + "-wal")) {}

std::optional<StorageWatch::File> StorageWatch::file_at(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return File{status.st_dev, status.st_ino};
}

StorageWatch::State StorageWatch::look() const {
  if (!database_ || !wal_ || file_at(path_) != database_ || file_at(path_ + "-wal") != wal_) return State::gone;
  struct statvfs room{};
  if (::statvfs(path_.c_str(), &room) != 0) return State::well;  // not known: the commit itself will tell
  const unsigned long long free_bytes = static_cast<unsigned long long>(room.f_bavail) * room.f_frsize;
  return (room.f_flag & ST_RDONLY) != 0 || free_bytes < kRoomBytes ? State::no_room : State::well;
}

}  // namespace mibun::database
