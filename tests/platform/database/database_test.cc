#include "platform/database/database.h"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

#include "platform/database/connection.h"
#include "platform/database/inside_write.h"
#include "platform/files/files.h"
#include "tests/platform/database/support.h"
#include "tests/support/breaks_invariant.h"

using namespace mibun;
using namespace mibun::database;
using namespace mibun::database::test;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("rows come back as they were written") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  const Bytes body = {0, 1, 2, 255};
  REQUIRE(database
              ->write([&](Transaction& transaction) -> Status {
                MIBUN_TRY(
                    const auto inserted,
                    transaction.run("INSERT INTO things VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?)", 1, "身分\n'\"", body,
                                    2, std::string_view("with\0nul", 8), Bytes(), INT64_MIN, nullptr, nullptr));
                CHECK(inserted == 3);
                MIBUN_TRY(const auto changed, transaction.run("UPDATE things SET name = ? WHERE id > ?", nullptr, 99));
                CHECK(changed == 0);
                return {};
              })
              .has_value());
  REQUIRE(database
              ->read([&](Transaction& transaction) -> Status {
                MIBUN_TRY(const auto rows, transaction.rows("SELECT id, name, body FROM things ORDER BY id"));
                REQUIRE(rows.size() == 3);
                CHECK(rows[0].integer(0) == INT64_MIN);
                CHECK(rows[0].is_null(1));
                CHECK(rows[0].text(1).empty());
                CHECK(rows[0].is_null(2));
                CHECK(rows[1].text(1) == "身分\n'\"");
                CHECK(rows[1].blob(2) == body);
                CHECK(rows[2].text(1) == std::string("with\0nul", 8));
                CHECK(!rows[2].is_null(2));  // an empty blob is not NULL
                CHECK(rows[2].blob(2).empty());
                MIBUN_TRY(const auto none, transaction.row("SELECT id FROM things WHERE id = ?", 77));
                CHECK(!none.has_value());
                return {};
              })
              .has_value());
}

TEST_CASE("the statements of this room's rules are in force") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  const mode_t before = ::umask(0);
  const auto database = open_things(path);
  REQUIRE(database->write([](Transaction& t) { return insert_thing(t, 1, "a"); }).has_value());
  ::umask(before);
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) CHECK(mode_of(path + suffix) == 0600);
  for (const Access access : {Access::write, Access::read}) {
    const auto connection = Connection::open(path, access);
    REQUIRE(connection.has_value());
    for (const auto& [pragma, want] : std::initializer_list<std::pair<std::string_view, std::int64_t>>{
             {"PRAGMA foreign_keys", 1},
             {"PRAGMA secure_delete", 1},
             {"PRAGMA synchronous", 2},
             {"PRAGMA trusted_schema", 0},
             {"PRAGMA temp_store", 2},
             {"PRAGMA busy_timeout", 5000},
             {"PRAGMA query_only", access == Access::read ? 1 : 0}}) {
      INFO(pragma);
      const auto rows = (*connection)->control(pragma);
      REQUIRE(rows.has_value());
      REQUIRE(rows->size() == 1);
      CHECK(rows->front().integer(0) == want);
    }
  }
}

TEST_CASE("$n is the n-th value, wherever it stands") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  CHECK(database
            ->read([](Transaction& transaction) -> Status {
              MIBUN_TRY(const auto swapped, transaction.row("SELECT $2, $1, $2", "first", "second"));
              CHECK(swapped->text(0) == "second");
              CHECK(swapped->text(1) == "first");
              CHECK(swapped->text(2) == "second");
              MIBUN_TRY(const auto numbered, transaction.row("SELECT ?2, ?1", 1, 2));
              CHECK(numbered->integer(0) == 2);
              CHECK(transaction.row("SELECT $1, $3", 1, 2).error().code == ErrorCode::database_error);
              CHECK(transaction.row("SELECT $a", 1).error().code == ErrorCode::database_error);
              return {};
            })
            .has_value());
}

TEST_CASE("what a unit of work must not do is refused") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  REQUIRE(database
              ->write([](Transaction& transaction) -> Status {
                for (const char* sql :
                     {"COMMIT", "ROLLBACK", "BEGIN", "SAVEPOINT x", "RELEASE unit_of_work", "PRAGMA synchronous=OFF",
                      "ATTACH 'other.db' AS other", "DETACH main", "SELECT 1; SELECT 2", "", " ; ", "nonsense",
                      "SELECT * FROM absent", "SELECT 1.5"}) {
                  INFO(sql);
                  const auto done = transaction.rows(sql);
                  REQUIRE(!done.has_value());
                  CHECK(done.error().code == ErrorCode::database_error);
                }
                CHECK(transaction.run("SELECT ?").error().code == ErrorCode::database_error);
                CHECK(transaction.run("SELECT ?", 1, 2).error().code == ErrorCode::database_error);
                return insert_thing(transaction, 1, "still in its transaction");
              })
              .has_value());
  CHECK(count_things(*database) == 1);
  const Status written = database->read([](Transaction& t) { return insert_thing(t, 2, "by a reader"); });
  REQUIRE(!written.has_value());
  CHECK(count_things(*database) == 1);
}

TEST_CASE("a violated constraint is a conflict and names no value") {
  const TempDir directory;
  static constexpr Migration migrations[] = {
      {1, "0001",
       "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> 'bad'));"
       "CREATE TABLE b (a INTEGER NOT NULL REFERENCES a (id));"
       "CREATE TABLE c (a INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED);"}};
  auto database = Database::open(directory.file("a.db"), migrations);
  REQUIRE(database.has_value());
  const auto write = [&](const char* sql) {
    return (*database)->write([&](Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run(sql));
      return {};
    });
  };
  REQUIRE(write("INSERT INTO a VALUES (1, 'secret-value')").has_value());
  for (const char* sql : {"INSERT INTO a VALUES (1, 'other')", "INSERT INTO a VALUES (2, 'secret-value')",
                          "INSERT INTO a VALUES (2, 'bad')", "INSERT INTO a VALUES (2, NULL)",
                          "INSERT INTO b VALUES (77)", "INSERT INTO c VALUES (77)", "DELETE FROM a WHERE id = 1"}) {
    INFO(sql);
    const Status done = write(sql);
    if (std::string_view(sql).starts_with("DELETE")) {
      CHECK(done.has_value());  // nobody points to it
      continue;
    }
    REQUIRE(!done.has_value());
    CHECK(done.error().code == ErrorCode::database_conflict);
    CHECK(done.error().detail.find("secret-value") == std::string::npos);
  }
}

TEST_CASE("a unit of work that fails leaves nothing, and the next one works") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  const Status refused = database->write([](Transaction& transaction) -> Status {
    MIBUN_CHECK(insert_thing(transaction, 1, "a"));
    return fail(ErrorCode::case_wrong_state, "case");
  });
  CHECK(refused.error().code == ErrorCode::case_wrong_state);
  const Status threw = database->write([](Transaction& transaction) -> Status {
    MIBUN_CHECK(insert_thing(transaction, 1, "a"));
    throw std::runtime_error("a value");
  });
  CHECK(threw.error().code == ErrorCode::internal_error);
  CHECK(threw.error().detail.find("a value") == std::string::npos);
  CHECK(database->read([](Transaction&) -> Status { throw 1; }).error().code == ErrorCode::internal_error);
  CHECK(count_things(*database) == 0);
  CHECK(database->write([](Transaction& t) { return insert_thing(t, 1, "a"); }).has_value());
  CHECK(count_things(*database) == 1);
}

TEST_CASE(
    "a unit of work that was cancelled is taken back, and its caller does not wait for the others of its commit") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  // While the first one is at it, the other two come, and mostly go into the next commit together.
  for (std::int64_t round = 0; round < 20; ++round) {
    std::latch first_runs(1), others_come(2);
    std::atomic<bool> asked = false, answered = false, waited_in_vain = false;
    auto first = std::async(std::launch::async, [&] {
      return database->write([&](Transaction& transaction) -> Status {
        first_runs.count_down();
        others_come.wait();
        for (int i = 0; i < 200; ++i) MIBUN_CHECK(transaction.rows("SELECT COUNT(*) FROM things"));
        return insert_thing(transaction, round * 10, "a" + std::to_string(round));
      });
    });
    first_runs.wait();
    auto asking = std::async(std::launch::async, [&] {
      others_come.count_down();
      const Status cancelled = database->write([&](Transaction& transaction) -> Status {
        MIBUN_CHECK(insert_thing(transaction, round * 10 + 1, "b" + std::to_string(round)));
        asked = true;
        return fail(ErrorCode::cancelled, "thing", "only asked");
      });
      answered = true;
      return cancelled.error().code;
    });
    auto last = std::async(std::launch::async, [&] {
      others_come.count_down();
      return database->write([&](Transaction& transaction) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (asked && !answered && !waited_in_vain) {
          waited_in_vain = std::chrono::steady_clock::now() > until;
          std::this_thread::yield();
        }
        return insert_thing(transaction, round * 10 + 2, "c" + std::to_string(round));
      });
    });
    CHECK(first.get());
    CHECK(asking.get() == ErrorCode::cancelled);
    CHECK(last.get());
    REQUIRE(!waited_in_vain);
    CHECK(count_things(*database) == 2 * (round + 1));
  }
}

TEST_CASE("a thread knows whether it is inside a write") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  bool inside = false, reading = true;
  REQUIRE(database->write([&](Transaction&) -> Status {
    inside = inside_write();
    return {};
  }));
  REQUIRE(database->read([&](Transaction&) -> Status {
    reading = inside_write();
    return {};
  }));
  CHECK(inside);
  CHECK(!reading);
  CHECK(!inside_write());
}

TEST_CASE("a write within a write, and a read within a read, break an invariant instead of waiting for themselves") {
  const TempDir directory;
  CHECK(breaks_invariant([&] {
    const auto database = open_things(directory.file("a.db"));
    static_cast<void>(
        database->write([&](Transaction&) { return database->write([](Transaction&) { return Status(); }); }));
  }));
  CHECK(breaks_invariant([&] {
    const auto database = open_things(directory.file("a.db"));
    static_cast<void>(database->write([&](Transaction&) { return database->checkpoint(); }));
  }));
  CHECK(breaks_invariant([&] {
    const auto database = open_things(directory.file("a.db"));
    static_cast<void>(
        database->read([&](Transaction&) { return database->read([](Transaction&) { return Status(); }); }));
  }));
  const auto database =
      open_things(directory.file("a.db"));  // a read within a write is allowed and sees what is committed
  CHECK(database
            ->write([&](Transaction& transaction) -> Status {
              MIBUN_CHECK(insert_thing(transaction, 1, "a"));
              CHECK(count_things(*database) == 0);
              return {};
            })
            .has_value());
  CHECK(count_things(*database) == 1);
}

TEST_CASE("A45: a database is open in one process only") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  auto first = open_things(path);
  const auto second = Database::open(path, kMigrations);
  REQUIRE(!second.has_value());
  CHECK(second.error().code == ErrorCode::io_error);
  CHECK(second.error().detail.find("another process") != std::string::npos);
  first.reset();
  CHECK(Database::open(path, kMigrations).has_value());
}

TEST_CASE("what is no database is refused") {
  const TempDir directory;
  std::ofstream(directory.file("text")) << std::string(5000, 'x');
  CHECK(Database::open(directory.file("text"), kMigrations).error().code == ErrorCode::database_error);
  CHECK(Database::open(directory.file("no/such/folder.db"), kMigrations).error().code == ErrorCode::io_error);
  CHECK(Database::open(directory.path(), kMigrations).error().code == ErrorCode::io_error);
  std::filesystem::create_symlink(directory.file("target"), directory.file("link"));
  CHECK(Database::open(directory.file("link"), kMigrations).error().code == ErrorCode::io_error);
}

TEST_CASE("a deleted value is in no file after checkpoint") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  const auto database = open_things(path);
  const std::string secret = "the quick brown secret value";
  const std::string long_secret = [&] {  // reaches overflow pages
    std::string text;
    for (int i = 0; i < 600; ++i) text += secret;
    return text;
  }();
  const auto hits = [&] {
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
      const auto bytes = files::read_file(entry.path().string(), 1 << 26);
      REQUIRE(bytes.has_value());
      if (as_text(*bytes).find(secret) != std::string_view::npos) ++found;
    }
    return found;
  };
  REQUIRE(database
              ->write([&](Transaction& transaction) -> Status {
                MIBUN_CHECK(transaction.run("INSERT INTO things VALUES (1, ?, ?)", secret, as_bytes(long_secret)));
                return {};
              })
              .has_value());
  CHECK(hits() == 1);  // in the WAL
  REQUIRE(database->checkpoint().has_value());
  CHECK(hits() == 1);  // in the database
  REQUIRE(database
              ->write([](Transaction& transaction) -> Status {
                MIBUN_CHECK(transaction.run("DELETE FROM things WHERE id = 1"));
                return {};
              })
              .has_value());
  REQUIRE(database->checkpoint().has_value());
  CHECK(hits() == 0);
  CHECK(std::filesystem::file_size(path + "-wal") == 0);
}

TEST_CASE("a checkpoint that a reader hinders says so") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  REQUIRE(database->write([](Transaction& t) { return insert_thing(t, 1, "a"); }).has_value());
  CHECK(database
            ->read([&](Transaction& transaction) -> Status {
              MIBUN_CHECK(transaction.row("SELECT count(*) FROM things"));
              const Status moved = database->checkpoint();
              REQUIRE(!moved.has_value());
              CHECK(moved.error().code == ErrorCode::database_busy);
              return {};
            })
            .has_value());
  CHECK(database->checkpoint().has_value());
}
