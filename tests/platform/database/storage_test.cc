#include <filesystem>
#include <functional>

#include "tests/platform/database/support.h"

using namespace mibun;
using namespace mibun::database;
using namespace mibun::database::test;

TEST_CASE("a database whose file was removed or replaced takes no more writes, and says so") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  auto database = open_things(path);
  REQUIRE(database->write([](Transaction& t) { return insert_thing(t, 1, "kept"); }).has_value());
  CHECK(database->writing() == Writing::well);
  CHECK(count_things(*database) == 1);  // a reader is open
  SUBCASE("the database was removed") {
    std::filesystem::rename(path, directory.file("away"));
  }
  SUBCASE("a copy is in its place") {
    std::filesystem::copy(path, directory.file("copy"));
    std::filesystem::rename(directory.file("copy"), path);
  }
  SUBCASE("the write-ahead log was removed") {
    std::filesystem::rename(path + "-wal", directory.file("away"));
  }
  CHECK(database->writing() == Writing::stopped);
  bool ran = false;
  const Status refused = database->write([&](Transaction&) {
    ran = true;
    return Status();
  });
  REQUIRE(!refused.has_value());
  CHECK(refused.error().code == ErrorCode::database_error);
  CHECK(!ran);
  CHECK(database->checkpoint().error().code == ErrorCode::database_error);
  CHECK(count_things(*database) == 1);  // it reads on
}

TEST_CASE("a database that was moved away and back is not trusted again before it is opened") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  auto database = open_things(path);
  std::filesystem::rename(path, directory.file("away"));
  CHECK(!database->write([](Transaction& t) { return insert_thing(t, 1, "lost"); }).has_value());
  std::filesystem::rename(directory.file("away"), path);
  CHECK(!database->write([](Transaction& t) { return insert_thing(t, 1, "lost"); }).has_value());
  database.reset();
  CHECK(open_things(path)->write([](Transaction& t) { return insert_thing(t, 1, "kept"); }).has_value());
}

TEST_CASE("opening moves what an earlier process left in the write-ahead log into the database") {
  const TempDir directory;
  const std::string path = directory.file("a.db"), copy = directory.file("b.db");
  auto database = open_things(path);
  REQUIRE(database->write([](Transaction& t) { return insert_thing(t, 1, "kept"); }).has_value());
  for (const char* end : {"", "-wal"}) std::filesystem::copy(path + end, copy + end);  // as a crash leaves them
  REQUIRE(std::filesystem::file_size(copy + "-wal") > 0);
  const auto again = open_things(copy);
  CHECK(std::filesystem::file_size(copy + "-wal") == 0);
  CHECK(count_things(*again) == 1);
}
