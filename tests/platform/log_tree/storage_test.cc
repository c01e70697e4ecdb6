#include "platform/log_tree/storage.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/support/temp_dir.h"

using namespace mibun;
using namespace mibun::log_tree;

namespace {

constexpr std::string_view kText = "records";

bool takes_changes(DirectoryStorage& storage) {
  const bool appended = storage.append("journal/1", as_bytes(kText)).has_value();
  const bool written = storage.write("tile/1", as_bytes(kText)).has_value();
  const bool renamed = storage.rename("tile/1", "tile/2").has_value();
  const bool removed = storage.remove("tile/2").has_value();
  REQUIRE(appended == written);
  REQUIRE(written == renamed);
  REQUIRE(renamed == removed);
  return appended;
}

}  // namespace

TEST_CASE("a folder that is removed, moved away or replaced takes nothing more, and nothing is begun in its place") {
  const TempDir directory;
  const std::string path = directory.file("sink"), away = directory.file("away");
  const auto storage = DirectoryStorage::open(path).value();
  CHECK(takes_changes(*storage));
  std::filesystem::rename(path, away);
  CHECK(!takes_changes(*storage));
  CHECK(!std::filesystem::exists(path));
  std::filesystem::create_directory(path);
  CHECK(!takes_changes(*storage));
  CHECK(std::filesystem::is_empty(path));
  std::filesystem::remove(path);
  std::filesystem::copy(away, path, std::filesystem::copy_options::recursive);
  CHECK(!takes_changes(*storage));  // a copy is another one
  std::filesystem::remove_all(path);
  std::filesystem::rename(away, path);
  CHECK(takes_changes(*storage));
}

TEST_CASE("a folder that was removed is not taken for one that was made later, whatever its number") {
  const TempDir directory;
  const std::string path = directory.file("sink");
  const auto storage = DirectoryStorage::open(path).value();
  for (int i = 0; i < 20; ++i) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
    CHECK(!takes_changes(*storage));
  }
}

TEST_CASE("a file that was appended to and has gone is not begun anew") {
  const TempDir directory;
  const auto storage = DirectoryStorage::open(directory.file("sink")).value();
  REQUIRE(storage->append("journal/1", as_bytes(kText)));
  std::filesystem::remove_all(directory.file("sink/journal"));
  CHECK(!storage->append("journal/1", as_bytes(kText)));
  CHECK(storage->append("journal/2", as_bytes(kText)));  // the next one
}

TEST_CASE("what was opened to read from takes no changes") {
  const TempDir directory;
  CHECK(takes_changes(*DirectoryStorage::open(directory.file("sink")).value()));
  CHECK(!takes_changes(*DirectoryStorage::reading(directory.file("sink"))));
}
