#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "tests/platform/database/support.h"

using namespace mibun;
using namespace mibun::database;
using namespace mibun::database::test;

TEST_CASE("writers that come together share a commit") {
  const WatchedDisk disk;
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  constexpr int kThreads = 16;
  constexpr int kWritesEach = 50;
  WatchedDisk::wal_syncs = 0;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kWritesEach; ++i) {
        const std::int64_t id = thread * kWritesEach + i;
        // Every fifth fails on purpose: in the middle of a group it must not harm its neighbours.
        const Status done = database->write([&](Transaction& transaction) -> Status {
          MIBUN_CHECK(insert_thing(transaction, id, std::to_string(id)));
          if (id % 5 == 0) return fail(ErrorCode::invalid_argument);
          return {};
        });
        if (!done) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  constexpr int kWrites = kThreads * kWritesEach;
  CHECK(failed == kWrites / 5);
  CHECK(count_things(*database) == kWrites - kWrites / 5);
  CHECK(WatchedDisk::wal_syncs > 0);
  CHECK(WatchedDisk::wal_syncs < kWrites / 2);
  MESSAGE(kWrites << " writes in " << WatchedDisk::wal_syncs.load() << " fsyncs");
}

TEST_CASE("where nobody changed anything no page is written, and nobody waits for the disk") {
  const WatchedDisk disk;
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  REQUIRE(database->write([](Transaction& t) { return insert_thing(t, 1, "kept"); }));
  WatchedDisk::wal_syncs = 0;
  const auto takes_back = [&](ErrorCode why) {
    const Status refused = database->write([&](Transaction& transaction) -> Status {
      MIBUN_CHECK(insert_thing(transaction, 2, "taken back"));
      MIBUN_CHECK(transaction.run("UPDATE things SET name = 'another' WHERE id = 1"));
      return fail(why, "write");
    });
    REQUIRE(!refused);
    CHECK(refused.error().code == why);
  };
  takes_back(ErrorCode::cancelled);
  takes_back(ErrorCode::invalid_argument);
  // Whoever comes next waits for the writer, and so for all that it does of those before.
  REQUIRE(database->write([](Transaction& t) { return insert_thing(t, 3, "kept, too"); }));
  CHECK(WatchedDisk::wal_syncs == 1);
  CHECK(count_things(*database) == 2);
  const auto kept = database->row("SELECT name FROM things WHERE id = 1");
  REQUIRE(kept);
  CHECK((*kept)->text(0) == "kept");
}

TEST_CASE("a write that returns is on disk and visible to the next read") {
  const WatchedDisk disk;
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  for (int id = 1; id <= 20; ++id) {
    REQUIRE(database->write([&](Transaction& t) { return insert_thing(t, id, std::to_string(id)); }).has_value());
    CHECK(!WatchedDisk::wal_dirty);
    CHECK(count_things(*database) == id);
  }
}

TEST_CASE("after a failed fsync nothing is written until the database is opened again") {
  const WatchedDisk disk;
  const TempDir directory;
  const std::string path = directory.file("a.db");
  auto database = open_things(path);
  REQUIRE(database->write([](Transaction& t) { return insert_thing(t, 1, "kept"); }).has_value());
  SUBCASE("an input or output error") {
    WatchedDisk::wal_sync_error = SQLITE_IOERR_FSYNC;
  }
  SUBCASE("a full disk") {
    WatchedDisk::wal_sync_error = SQLITE_FULL;
  }
  const Status failed = database->write([](Transaction& t) { return insert_thing(t, 2, "lost"); });
  REQUIRE(!failed.has_value());
  CHECK(failed.error().code == ErrorCode::database_error);
  WatchedDisk::wal_sync_error = 0;  // the disk claims to be well again
  bool ran = false;
  const Status later = database->write([&](Transaction&) {
    ran = true;
    return Status();
  });
  REQUIRE(!later.has_value());
  CHECK(later.error().code == ErrorCode::database_error);
  CHECK(!ran);
  CHECK(database->checkpoint().error().code == ErrorCode::database_error);
  CHECK(count_things(*database) == 1);
  database.reset();
  database = open_things(path);
  CHECK(count_things(*database) >= 1);
  CHECK(database->write([](Transaction& t) { return insert_thing(t, 3, "new"); }).has_value());
}

TEST_CASE("64 compare-and-swaps at once: one wins") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  REQUIRE(database->write([](Transaction& t) { return insert_thing(t, 1, "fresh"); }).has_value());
  std::atomic<int> won{0};
  std::atomic<bool> start{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 64; ++i) {
    threads.emplace_back([&] {
      while (!start) std::this_thread::yield();
      const Status done = database->write([&](Transaction& transaction) -> Status {
        MIBUN_TRY(const auto changed,
                  transaction.run("UPDATE things SET name = 'used' WHERE id = 1 AND name = 'fresh'"));
        if (changed != 1) return fail(ErrorCode::result_already_given);
        return {};
      });
      if (done) ++won;
    });
  }
  start = true;
  for (std::thread& thread : threads) thread.join();
  CHECK(won == 1);
}

TEST_CASE("closing finishes what was handed in") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  auto database = open_things(path);
  std::atomic<bool> go_on{false};
  std::atomic<int> acknowledged{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i, open = database.get()] {
      const Status done = open->write([&](Transaction& transaction) {
        while (!go_on) std::this_thread::yield();
        return insert_thing(transaction, i, std::to_string(i));
      });
      if (done) ++acknowledged;
    });
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // all eight are handed in, the first is running
  std::thread closing([&] { database.reset(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  go_on = true;
  closing.join();
  for (std::thread& thread : threads) thread.join();
  CHECK(acknowledged == 8);
  CHECK(count_things(*open_things(path)) == 8);
}

namespace {

// Writes rows from four threads until it is killed; each acknowledged id goes through the pipe.
[[noreturn]] void write_until_killed(const std::string& path, int acknowledged, std::int64_t first_id) {
  auto database = Database::open(path, kMigrations);
  if (!database) ::_exit(2);
  std::atomic<std::int64_t> next{first_id};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        const std::int64_t id = next++;
        const Status done = (*database)->write([&](Transaction& transaction) -> Status {
          MIBUN_CHECK(insert_thing(transaction, id, std::to_string(id)));
          MIBUN_CHECK(transaction.run("UPDATE things SET body = zeroblob(3000) WHERE id = ?", id));
          return {};
        });
        if (!done || ::write(acknowledged, &id, sizeof id) != sizeof id) ::_exit(3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ::_exit(4);
}

}  // namespace

TEST_CASE("kill -9 loses nothing that was acknowledged and leaves nothing half done") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  std::vector<std::int64_t> acknowledged;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const std::int64_t first_id = 1'000'000 * (round + 1);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      write_until_killed(path, ends[1], first_id);
    }
    ::close(ends[1]);
    std::int64_t id = 0;
    const int wanted = 1 + round * 7;
    for (int i = 0; i < wanted && ::read(ends[0], &id, sizeof id) == sizeof id; ++i) acknowledged.push_back(id);
    REQUIRE(::kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));  // it was still writing
    while (::read(ends[0], &id, sizeof id) == sizeof id) acknowledged.push_back(id);
    ::close(ends[0]);

    const auto database = open_things(path);
    const Status checked = database->read([&](Transaction& transaction) -> Status {
      for (const std::int64_t row_id : acknowledged) {
        MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM things WHERE id = ?", row_id));
        CHECK(row.has_value());
      }
      MIBUN_TRY(const auto half, transaction.row("SELECT count(*) FROM things WHERE body IS NULL"));
      CHECK(half->integer(0) == 0);
      return {};
    });
    CHECK(checked.has_value());
  }
  CHECK(acknowledged.size() > 1000);
  MESSAGE(acknowledged.size() << " acknowledged rows over 20 kills");
}
