#include "platform/database/database.h"

#include <sqlite3.h>

#include <memory>

#include "tests/faults/rooms/room.h"

// Rows that take several pages each, checkpoints among them, and an opening anew after each refusal.
namespace mibun::faults {
namespace {

constexpr int kRows = 12, kCheckpointEach = 5, kOpeningsMax = 3;
constexpr database::Migration kMigrations[] = {
    {1, "0001_rows", "CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB) STRICT;"}};

std::string path_in(const std::string& directory) {
  return directory + "/rows.db";
}

std::unique_ptr<database::Database> open(const std::string& directory) {
  for (int opening = 0; opening < kOpeningsMax; ++opening) {
    if (auto opened = database::Database::open(path_in(directory), kMigrations)) return std::move(*opened);
  }
  return nullptr;
}

Status put(database::Database& database, int id) {
  return database.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("INSERT INTO rows (id) VALUES (?)", id));
    MIBUN_CHECK(
        transaction.run("UPDATE rows SET body = ? WHERE id = ?", Bytes(5000, static_cast<std::uint8_t>(id)), id));
    return {};
  });
}

void work(const std::string& directory) {
  auto database = open(directory);
  for (int id = 1; id <= kRows && database != nullptr; ++id) {
    if (!attempt(std::to_string(id), [&] { return put(*database, id); })) {
      database.reset();  // what CONTRIBUTING tells an operator to do: start anew
      database = open(directory);
    } else if (id % kCheckpointEach == 0) {
      static_cast<void>(database->checkpoint());
    }
  }
}

// SQLite's own opinion of every page.
bool is_sound(const std::string& directory) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path_in(directory).c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  std::string verdict;
  const auto keep = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += values[0];
    return 0;
  };
  const int asked = opened == SQLITE_OK ? sqlite3_exec(raw, "PRAGMA integrity_check", keep, &verdict, nullptr) : opened;
  sqlite3_close_v2(raw);
  return asked == SQLITE_OK && verdict == "ok";
}

std::string what_is_wrong(const std::string& directory, const Said& said) {
  {
    auto opened = database::Database::open(path_in(directory), kMigrations);
    if (!opened) return "cannot be opened: " + opened.error().detail;
    database::Database& database = **opened;
    for (int id = 1; id <= kRows; ++id) {
      const std::string name = std::to_string(id);
      const auto row = database.row("SELECT body FROM rows WHERE id = ?", id);
      if (!row) return "cannot be read: " + row.error().detail;
      if (!*row && said.has(name)) return "row " + name + " was acknowledged and is gone";
      if (*row && !said.may_be(name)) return "row " + name + " was never written";
      if (*row && (*row)->blob(0) != Bytes(5000, static_cast<std::uint8_t>(id))) return "row " + name + " is half done";
    }
    if (!put(database, kRows + 1)) return "takes nothing any more";
  }
  return is_sound(directory) ? "" : "the pages are damaged";
}

}  // namespace

extern const Room database_room{"database", work, what_is_wrong};

}  // namespace mibun::faults
