#pragma once

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "platform/database/database.h"
#include "tests/support/temp_dir.h"

namespace mibun::database::test {

inline constexpr Migration kMigrations[] = {
    {1, "0001_things", "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE, body BLOB) STRICT;"}};

inline std::unique_ptr<Database> open_things(const std::string& path) {
  auto opened = Database::open(path, kMigrations);
  INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

inline Status insert_thing(Transaction& transaction, std::int64_t id, std::string_view name) {
  MIBUN_CHECK(transaction.run("INSERT INTO things (id, name) VALUES (?, ?)", id, name));
  return {};
}

inline std::int64_t count_things(Database& database) {
  std::int64_t count = -1;
  REQUIRE(database
              .read([&](Transaction& transaction) -> Status {
                MIBUN_TRY(const auto row, transaction.row("SELECT count(*) FROM things"));
                count = row->integer(0);
                return {};
              })
              .has_value());
  return count;
}

// While it lives, SQLite opens files through it: it counts and can fail the fsyncs of write-ahead logs.
class WatchedDisk {
 public:
  WatchedDisk();
  ~WatchedDisk();
  WatchedDisk(const WatchedDisk&) = delete;
  WatchedDisk& operator=(const WatchedDisk&) = delete;

  static std::atomic<int> wal_syncs;
  static std::atomic<bool> wal_dirty;      // written since the last fsync
  static std::atomic<int> wal_sync_error;  // what an fsync fails with; 0: it works
};

}  // namespace mibun::database::test
