#include <doctest/doctest.h>

#include "tests/platform/database/support.h"

using namespace mibun;
using namespace mibun::database;
using namespace mibun::database::test;

namespace {

constexpr Migration kFirst{1, "0001", "CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT; -- the end\n"};
constexpr Migration kSecond{2, "0002", "CREATE TABLE two (id INTEGER PRIMARY KEY) STRICT; INSERT INTO two VALUES (7);"};

Status open(const std::string& path, const std::vector<Migration>& migrations) {
  auto opened = Database::open(path, migrations);
  if (!opened) return pass_error(opened);
  return {};
}

bool has_table(const std::string& path, std::string_view name) {
  auto opened = Database::open(path, std::vector<Migration>{kFirst});
  REQUIRE(opened.has_value());
  bool found = false;
  REQUIRE((*opened)
              ->read([&](Transaction& transaction) -> Status {
                MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM sqlite_schema WHERE name = ?", name));
                found = row.has_value();
                return {};
              })
              .has_value());
  return found;
}

}  // namespace

TEST_CASE("missing migrations are applied once, in order") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  CHECK(open(path, {kFirst}).has_value());
  CHECK(open(path, {kFirst}).has_value());
  CHECK(open(path, {kFirst, kSecond}).has_value());
  CHECK(open(path, {kFirst, kSecond}).has_value());
}

TEST_CASE("a changed, missing or newer migration is refused before anything is applied") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  REQUIRE(open(path, {kFirst}).has_value());
  Migration changed = kFirst;
  changed.sql = "CREATE TABLE one (id INTEGER PRIMARY KEY) STRICT; -- the End\n";
  CHECK(open(path, {changed, kSecond}).error().code == ErrorCode::database_migration_mismatch);
  CHECK(!has_table(path, "two"));
  REQUIRE(open(path, {kFirst, kSecond}).has_value());
  const Status older = open(path, {kFirst});
  CHECK(older.error().code == ErrorCode::database_migration_mismatch);
  CHECK(older.error().detail.find("newer") != std::string::npos);
  CHECK(open(path, {}).error().code == ErrorCode::database_migration_mismatch);
}

TEST_CASE("numbers may be left out, and are not filled in later") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  Migration fourth = kSecond;
  fourth.number = 4;
  REQUIRE(open(path, {kFirst, fourth}).has_value());
  CHECK(open(path, {kFirst, fourth}).has_value());
  Migration third{3, "0003", "CREATE TABLE three (id INTEGER PRIMARY KEY) STRICT;"};
  CHECK(open(path, {kFirst, third, fourth}).error().code == ErrorCode::database_migration_mismatch);
}

TEST_CASE("a migration that fails leaves nothing behind") {
  const TempDir directory;
  const std::string path = directory.file("a.db");
  for (const char* sql : {"CREATE TABLE two (id INTEGER); CREATE TABLE two (id INTEGER);",
                          "CREATE TABLE two (id INTEGER); COMMIT;", "CREATE TABLE two (id INTEGER); nonsense"}) {
    INFO(sql);
    CHECK(open(path, {kFirst, Migration{2, "0002", sql}}).error().code == ErrorCode::database_error);
    CHECK(has_table(path, "one"));
    CHECK(!has_table(path, "two"));
  }
  CHECK(open(path, {kFirst, kSecond}).has_value());
}
