#include <cstring>

#include "tests/platform/database/support.h"

namespace mibun::database::test {

std::atomic<int> WatchedDisk::wal_syncs{0};
std::atomic<bool> WatchedDisk::wal_dirty{false};
std::atomic<int> WatchedDisk::wal_sync_error{0};

namespace {

sqlite3_vfs* real_vfs = nullptr;
sqlite3_vfs watched_vfs;
const sqlite3_io_methods* real_methods = nullptr;
sqlite3_io_methods wal_methods;

int watched_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  WatchedDisk::wal_dirty = true;
  return real_methods->xWrite(file, data, size, offset);
}

int watched_sync(sqlite3_file* file, int flags) {
  if (WatchedDisk::wal_sync_error != 0) return WatchedDisk::wal_sync_error;
  ++WatchedDisk::wal_syncs;
  const int code = real_methods->xSync(file, flags);
  WatchedDisk::wal_dirty = false;
  return code;
}

int watched_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int code = real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
  if (code != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return code;
  static const bool once = [&] {  // all WAL files have the same method table
    real_methods = file->pMethods;
    wal_methods = *real_methods;
    wal_methods.xWrite = watched_write;
    wal_methods.xSync = watched_sync;
    return true;
  }();
  static_cast<void>(once);
  file->pMethods = &wal_methods;
  return code;
}

}  // namespace

WatchedDisk::WatchedDisk() {
  wal_syncs = 0;
  wal_dirty = false;
  wal_sync_error = 0;
  real_vfs = sqlite3_vfs_find("unix");
  watched_vfs = *real_vfs;
  watched_vfs.zName = "watched";
  watched_vfs.xOpen = watched_open;
  sqlite3_vfs_register(&watched_vfs, 1);
}

WatchedDisk::~WatchedDisk() {
  sqlite3_vfs_unregister(&watched_vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

}  // namespace mibun::database::test
