#include "platform/database/backup.h"

#include <atomic>
#include <fstream>
#include <thread>

#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "tests/platform/database/support.h"

using namespace mibun;
using namespace mibun::database;
using namespace mibun::database::test;

namespace {

constexpr Migration kTwins[] = {{1, "0001_twins",
                                 "CREATE TABLE left_one (n INTEGER NOT NULL, filler BLOB NOT NULL);"
                                 "CREATE TABLE right_one (n INTEGER NOT NULL, text TEXT);"}};

std::unique_ptr<Database> must_open(Result<std::unique_ptr<Database>> opened) {
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

Status add_pair(Database& database, std::int64_t n) {
  return database.write([&](Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run("INSERT INTO left_one (n, filler) VALUES ($1, zeroblob(700))", n));
    MIBUN_CHECK(transaction.run("INSERT INTO right_one (n, text) VALUES ($1, $2)", n, "pair"));
    return {};
  });
}

std::int64_t rows_of(const Contents& contents, std::string_view table) {
  for (const TableDigest& one : contents.tables) {
    if (one.name == table) return one.rows;
  }
  return -1;
}

}  // namespace

TEST_CASE("a copy that is made while others write holds one moment: both halves of every pair") {
  const TempDir directory;
  const auto database = must_open(Database::open(directory.file("a.db"), kTwins));
  for (std::int64_t n = 0; n < 3000; ++n) REQUIRE(add_pair(*database, n).has_value());
  std::atomic<bool> stop = false;
  std::atomic<std::int64_t> written = 3000;
  std::thread writer([&] {
    while (!stop) {
      if (!add_pair(*database, written)) return;
      ++written;
    }
  });
  std::int64_t before = 0;
  for (int round = 0; round < 5; ++round) {
    const std::string copy = directory.file("copy" + std::to_string(round));
    const std::int64_t at_least = written;
    REQUIRE(copy_database(directory.file("a.db"), copy).has_value());
    const auto contents = read_contents(copy);
    REQUIRE(contents.has_value());
    CHECK(rows_of(*contents, "left_one") == rows_of(*contents, "right_one"));
    CHECK(rows_of(*contents, "left_one") >= std::max(before, at_least));
    CHECK(contents->schema == 1);
    before = rows_of(*contents, "left_one");
    CHECK(!files::exists(copy + "-wal"));
  }
  stop = true;
  writer.join();
  CHECK(written > 3000);                      // somebody did write meanwhile
  CHECK(database->checkpoint().has_value());  // and the copies let go of the WAL
}

TEST_CASE("every cell of a table stands in its digest") {
  const TempDir directory;
  const auto contents_after = [&](std::string_view name, std::string_view change) {
    const std::string path = directory.file(name);
    {
      const auto database = must_open(Database::open(path, kTwins));
      for (std::int64_t n = 0; n < 600; ++n) REQUIRE(add_pair(*database, n).has_value());
      if (!change.empty()) {
        REQUIRE(database
                    ->write([&](Transaction& transaction) -> Status {
                      MIBUN_CHECK(transaction.execute(change, {}));
                      return {};
                    })
                    .has_value());
      }
    }
    const auto contents = read_contents(path);
    REQUIRE(contents.has_value());
    return *contents;
  };
  const Contents plain = contents_after("plain", {});
  CHECK(contents_after("again", {}) == plain);
  for (const std::string_view change :
       {"UPDATE right_one SET text = 'pais' WHERE n = 599", "UPDATE right_one SET text = NULL WHERE n = 0",
        "UPDATE right_one SET text = x'70616972' WHERE n = 300", "UPDATE left_one SET n = -1 WHERE n = 255",
        "DELETE FROM left_one WHERE n = 599", "INSERT INTO right_one (n) VALUES (1)",
        "UPDATE left_one SET rowid = 10000 WHERE n = 5", "CREATE INDEX more ON left_one (n)",
        "UPDATE schema_migrations SET name = 'another'"}) {
    CAPTURE(change);
    CHECK(contents_after(std::string("c") + std::to_string(std::hash<std::string_view>()(change)), change) != plain);
  }
}

TEST_CASE("a copy is refused where there is nothing to copy, where something lies, and of what is no database") {
  const TempDir directory;
  CHECK(copy_database(directory.file("none"), directory.file("copy")).error().code == ErrorCode::not_found);
  {
    const auto database = must_open(Database::open(directory.file("a.db"), kTwins));
  }
  directory.write("there", "x");
  CHECK(copy_database(directory.file("a.db"), directory.file("there")).error().code == ErrorCode::io_error);
  CHECK(directory.read("there") == "x");
  directory.write("text", std::string(8192, 'x'));
  CHECK(copy_database(directory.file("text"), directory.file("copy")).error().code == ErrorCode::database_error);
  CHECK(!files::exists(directory.file("copy")));
  CHECK(!read_contents(directory.file("text")).has_value());
}

TEST_CASE("a copy whose pages were changed is seen, wherever the change is") {
  const TempDir directory;
  {
    const auto database = must_open(Database::open(directory.file("a.db"), kTwins));
    for (std::int64_t n = 0; n < 200; ++n) REQUIRE(add_pair(*database, n).has_value());
  }
  REQUIRE(copy_database(directory.file("a.db"), directory.file("b.db")).has_value());
  const auto plain = read_contents(directory.file("b.db"));
  REQUIRE(plain.has_value());
  std::string bytes = directory.read("b.db");
  int seen = 0;
  // In the cells of the last page in use, whose content the digest covers; free space of a page is not content.
  const std::size_t at = bytes.rfind("pair");
  REQUIRE(at != std::string::npos);
  for (std::size_t i = at; i < at + 4; ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const std::string name = "c" + std::to_string(i);
    directory.write(name, changed);
    const auto found = read_contents(directory.file(name));
    if (!found || *found != *plain) ++seen;
  }
  CHECK(seen == 4);
}
