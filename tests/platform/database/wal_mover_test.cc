#include <algorithm>
#include <filesystem>
#include <latch>
#include <thread>

#include "tests/platform/database/support.h"

using namespace mibun;
using namespace mibun::database;
using namespace mibun::database::test;

namespace {

constexpr std::uintmax_t kMiB = 1024 * 1024;
constexpr int kBodyKiB = 256, kWriters = 4;

// Four write one row each anew, at least once and without a pause, until all of them wrote so much together. Returns
// the number of the last write to each row.
std::vector<std::int64_t> write_over(Database& database, int mebibytes) {
  std::atomic<int> left = mebibytes * 1024 / kBodyKiB;
  std::atomic<int> failed = 0;
  std::vector<std::int64_t> last(kWriters);
  {
    std::vector<std::jthread> threads;
    for (int row = 0; row < kWriters; ++row) {
      threads.emplace_back([&, row] {
        int number = left--;
        do {
          const Bytes body(kBodyKiB * 1024, static_cast<std::uint8_t>(number));
          const Status done = database.write([&](Transaction& transaction) -> Status {
            MIBUN_CHECK(
                transaction.run("INSERT INTO things (id, name, body) VALUES ($1, $2, $3) ON CONFLICT (id) "
                                "DO UPDATE SET name = $2, body = $3",
                                row, std::to_string(number), BytesView(body)));
            return {};
          });
          if (!done) ++failed;
          last[static_cast<std::size_t>(row)] = number;
          number = left--;
        } while (number > 0);
      });
    }
  }
  CHECK(failed == 0);
  return last;
}

void check_rows(Database& database, const std::vector<std::int64_t>& last) {
  for (int row = 0; row < kWriters; ++row) {
    const auto found = database.row("SELECT name, body FROM things WHERE id = $1", row);
    REQUIRE((found && *found));
    const std::int64_t number = last[static_cast<std::size_t>(row)];
    CHECK((*found)->text(0) == std::to_string(number));
    CHECK(std::ranges::all_of((*found)->blob(1),
                              [&](std::uint8_t byte) { return byte == static_cast<std::uint8_t>(number); }));
  }
}

std::uintmax_t wal_bytes(const std::string& path) {
  return std::filesystem::file_size(path + "-wal");
}

}  // namespace

TEST_CASE("the write-ahead log begins anew while writers never pause") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  std::vector<std::int64_t> last;
  {
    const auto database = open_things(path);
    last = write_over(*database, 160);
    CHECK(wal_bytes(path) >= 16 * kMiB);  // it is not moved more often than that
    CHECK(wal_bytes(path) < 64 * kMiB);
    check_rows(*database, last);
  }
  check_rows(*open_things(path), last);
}

TEST_CASE("a reader that takes long keeps the write-ahead log from beginning anew, and no longer than that") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  const auto database = open_things(path);
  write_over(*database, 1);
  std::latch begun(1), enough(1);
  std::jthread reader([&] {
    CHECK(database->read([&](Transaction& transaction) -> Status {
      MIBUN_TRY(const auto before, transaction.row("SELECT name FROM things WHERE id = 1"));
      begun.count_down();
      enough.wait();
      MIBUN_TRY(const auto after, transaction.row("SELECT name FROM things WHERE id = 1"));
      CHECK(before->text(0) == after->text(0));  // what it began with is still there
      return {};
    }));
  });
  begun.wait();
  write_over(*database, 40);
  const std::uintmax_t grown = wal_bytes(path);
  CHECK(grown >= 40 * kMiB);
  enough.count_down();
  reader.join();
  const auto last = write_over(*database, 160);
  CHECK(wal_bytes(path) < grown + 64 * kMiB);
  check_rows(*database, last);
}

TEST_CASE("whoever wants everything moved at once gets it, also while it is being moved") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  const auto database = open_things(path);
  std::atomic<bool> writing = true;
  int asked = 0;
  std::jthread eraser([&] {
    while (writing) {
      std::this_thread::yield();
      if (wal_bytes(path) < 16 * kMiB) continue;  // it begins to be moved then
      const Status moved = database->checkpoint();
      INFO((moved ? std::string() : moved.error().detail));
      CHECK(moved.has_value());
      ++asked;
    }
  });
  write_over(*database, 320);
  writing = false;
  eraser.join();
  CHECK(asked > 1);
}

TEST_CASE("who writes when nobody else does does it on their own thread") {
  const TempDir directory;
  const auto database = open_things(directory.file("a.db"));
  std::thread::id writing;
  REQUIRE(database->write([&](Transaction& transaction) -> Status {
    writing = std::this_thread::get_id();
    return insert_thing(transaction, 1, "one");
  }));
  CHECK(writing == std::this_thread::get_id());
  CHECK(count_things(*database) == 1);
}
