#include "platform/files/files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

using namespace mibun;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

std::string content(const std::string& path) {
  const auto bytes = files::read_file(path, 1 << 20);
  REQUIRE(bytes.has_value());
  return std::string(as_text(*bytes));
}

std::size_t names_in(const std::string& path) {
  const auto names = files::list_directory(path);
  REQUIRE(names.has_value());
  return names->size();
}

}  // namespace

TEST_CASE("a file written atomically has its content and its mode, whatever the umask") {
  const TempDir directory;
  const mode_t before = ::umask(0077);
  REQUIRE(files::write_file_atomic(directory.file("a"), as_bytes("one")).has_value());
  CHECK(mode_of(directory.file("a")) == 0600);
  ::umask(0);
  REQUIRE(files::write_file_atomic(directory.file("a"), as_bytes("two"), files::kPublicFile).has_value());
  CHECK(mode_of(directory.file("a")) == 0644);
  ::umask(before);
  CHECK(content(directory.file("a")) == "two");
  CHECK(names_in(directory.path()) == 1);
}

TEST_CASE("a new file never replaces what is there") {
  const TempDir directory;
  REQUIRE(files::write_new_file(directory.file("a"), as_bytes("first")).has_value());
  CHECK(mode_of(directory.file("a")) == 0600);
  const auto second = files::write_new_file(directory.file("a"), as_bytes("second"));
  REQUIRE(!second.has_value());
  CHECK(second.error().code == ErrorCode::io_error);
  CHECK(content(directory.file("a")) == "first");

  std::filesystem::create_symlink(directory.file("nowhere"), directory.file("link"));
  CHECK(!files::write_new_file(directory.file("link"), as_bytes("x")).has_value());
  CHECK(!files::exists(directory.file("nowhere")));
  CHECK(files::exists(directory.file("link")));
  CHECK(names_in(directory.path()) == 2);  // no temporary file is left
}

TEST_CASE("what cannot be read or written is refused with the right code") {
  const TempDir directory;
  REQUIRE(files::write_new_file(directory.file("ten"), as_bytes("0123456789")).has_value());
  CHECK(files::read_file(directory.file("ten"), 10).has_value());
  CHECK(files::read_file(directory.file("ten"), 9).error().code == ErrorCode::io_error);
  CHECK(files::read_file(directory.file("absent"), 9).error().code == ErrorCode::not_found);
  CHECK(files::read_file(directory.path(), 9).error().code == ErrorCode::io_error);
  CHECK(files::list_directory(directory.file("absent")).error().code == ErrorCode::not_found);
  REQUIRE(::mkfifo(directory.file("fifo").c_str(), 0600) == 0);
  CHECK(files::read_file(directory.file("fifo"), 9).error().code == ErrorCode::io_error);
  CHECK(files::write_file_atomic(directory.file("no/such/place"), as_bytes("x")).error().code == ErrorCode::io_error);
  CHECK(files::write_new_file(directory.file("no/such/place"), as_bytes("x")).error().code == ErrorCode::io_error);
}

TEST_CASE("a secret is read whole") {
  const TempDir directory;
  const Bytes key(32, 7);
  REQUIRE(files::write_new_file(directory.file("key"), key).has_value());
  const auto secret = files::read_secret_file(directory.file("key"), 32);
  REQUIRE(secret.has_value());
  CHECK(ct_equal(secret->reveal(), key));
  CHECK(files::read_secret_file(directory.file("key"), 31).error().code == ErrorCode::io_error);
}

TEST_CASE("a private directory is 0700, made or found") {
  const TempDir directory;
  const std::string path = directory.file("keys");
  REQUIRE(files::make_private_directory(path).has_value());
  CHECK(mode_of(path) == 0700);
  REQUIRE(::chmod(path.c_str(), 0755) == 0);
  REQUIRE(files::make_private_directory(path).has_value());
  CHECK(mode_of(path) == 0700);
  std::ofstream(path + "/content") << "x";
  REQUIRE(files::make_private_directory(path).has_value());
  REQUIRE(::chmod(path.c_str(), 0755) == 0);
  CHECK(files::make_private_directory(path).error().code == ErrorCode::io_error);
  CHECK(mode_of(path) == 0755);
  std::ofstream(directory.file("file")) << "x";
  CHECK(files::make_private_directory(directory.file("file")).error().code == ErrorCode::io_error);
  CHECK(files::make_private_directory(directory.file("a/b")).error().code == ErrorCode::io_error);
}

TEST_CASE("an erased file is overwritten before its name goes") {
  const TempDir directory;
  const std::string secret(10'000, 's');
  REQUIRE(files::write_new_file(directory.file("key"), as_bytes(secret)).has_value());
  std::filesystem::create_hard_link(directory.file("key"), directory.file("witness"));  // sees the same blocks
  REQUIRE(files::erase_file(directory.file("key")).has_value());
  CHECK(!files::exists(directory.file("key")));
  CHECK(content(directory.file("witness")) == std::string(10'000, '\0'));
  CHECK(files::erase_file(directory.file("key")).has_value());
}

TEST_CASE("a name goes and the content stays under the other") {
  const TempDir directory;
  const std::string kept = directory.write("kept", "content");
  const std::string other = directory.write("other", "content");
  std::filesystem::create_hard_link(kept, directory.file("second"));
  CHECK(files::same_file(kept, directory.file("second")));
  CHECK_FALSE(files::same_file(kept, other));
  CHECK_FALSE(files::same_file(kept, directory.file("none")));
  REQUIRE(files::remove_name(directory.file("second")).has_value());
  CHECK(!files::exists(directory.file("second")));
  CHECK(content(kept) == "content");
  CHECK(files::remove_name(directory.file("second")).has_value());
}

TEST_CASE("the parent directory of a path") {
  CHECK(files::parent_directory("a/b") == "a");
  CHECK(files::parent_directory("/a") == "/");
  CHECK(files::parent_directory("a") == ".");
  CHECK(files::parent_directory("/a/b/c") == "/a/b");
}
