#include <doctest/doctest.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <fstream>

#include "tests/server/faults/mounts.h"
#include "tests/server/faults/served.h"

// The data directory's file system takes no more changes, because it became read-only, has no room or no inodes. By the
// disk layer wherever tests run, and by real mounts where this is root and may mount.
namespace mibun::server {
namespace {

using namespace std::chrono_literals;

// Says that a case did not run, which is otherwise green for nothing.
bool may_mount(const OwnMounts& mounts) {
  if (!mounts.may_mount()) MESSAGE("not run: this user may not mount here");
  return mounts.may_mount();
}

// `also`: besides that of the log of operations, which is the first to write.
void check_takes_nothing(std::string_view also = "") {
  for (int i = 0; i < 3; ++i) {
    const Reply reply = begin_registration();
    check_refused(reply, reply.code() == also ? also : "log_unavailable");
  }
  check_reads_go_on();
  CHECK(ready().status() == 503);
}

// Everything that the file system still gives, in small pieces at the end.
class Filler {
 public:
  explicit Filler(const std::string& directory) : path_(directory + "/filler") {
    std::ofstream out(path_, std::ios::binary);
    for (const std::streamsize size : {std::streamsize{1} << 20, std::streamsize{4096}, std::streamsize{1}}) {
      const std::string piece(static_cast<std::size_t>(size), 'x');
      while (out.write(piece.data(), size).flush()) {
      }
      out.clear();
    }
  }
  ~Filler() { std::filesystem::remove(path_); }
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;

 private:
  const std::string path_;
};

class ManyFiles {
 public:
  explicit ManyFiles(const std::string& directory) : directory_(directory + "/many") {
    std::filesystem::create_directory(directory_);
    for (int i = 0; std::ofstream(directory_ + "/" + std::to_string(i)); ++i) {
    }
  }
  ~ManyFiles() { std::filesystem::remove_all(directory_); }
  ManyFiles(const ManyFiles&) = delete;
  ManyFiles& operator=(const ManyFiles&) = delete;

 private:
  const std::string directory_;
};

}  // namespace

TEST_CASE("nothing can be changed any more (EROFS): refused with a sentence, reads go on, and it recovers by itself") {
  Served served;
  CHECK(ready().status() == 200);
  touch(served.read_only);
  check_takes_nothing();
  std::filesystem::remove(served.read_only);
  CHECK(works_again());
  check_whole_and_stop(served);
}

TEST_CASE("the data directory is mounted read-only under it, and writable again") {
  const OwnMounts mounts;
  if (!may_mount(mounts)) return;
  Served served({.has_our_disk = false});
  CHECK(begin_registration().status() == 201);
  REQUIRE(mounts.make_read_only(served.data.directory));
  REQUIRE(!std::ofstream(served.data.directory + "/tried"));
  check_takes_nothing();
  REQUIRE(mounts.unmount(served.data.directory));
  CHECK(works_again());
  check_whole_and_stop(served);
}

TEST_CASE("a real file system without any room: refused with a sentence, reads go on, and it recovers by itself") {
  const OwnMounts mounts;
  if (!may_mount(mounts)) return;
  const std::string disk = stage().world().directory_.file("small");
  REQUIRE(mounts.mount_in_memory(disk, "size=64m"));
  Served served({.has_our_disk = false, .data = "small/data"});
  CHECK(begin_registration().status() == 201);
  {
    const Filler filler(disk);
    check_takes_nothing("unavailable");  // the database's, while the log's file has the rest of a page left
    CHECK(ready().text("database") == "no_room");
  }
  CHECK(works_again());
  check_whole_and_stop(served);
}

TEST_CASE("a real file system without inodes: what needs a new file is refused, and it recovers by itself") {
  const OwnMounts mounts;
  if (!may_mount(mounts)) return;
  const std::string disk = stage().world().directory_.file("few");
  REQUIRE(mounts.mount_in_memory(disk, "size=64m,nr_inodes=1200"));
  Served served({.has_our_disk = false, .data = "few/data"});
  CHECK(begin_registration().status() == 201);
  {
    const ManyFiles files(disk);
    struct statvfs state{};
    REQUIRE(::statvfs(disk.c_str(), &state) == 0);
    REQUIRE(state.f_ffree == 0);
    // The log begins a file for what it publishes, so it is the first to refuse.
    CHECK(comes_true([] { return begin_registration().status() == 503; }));
    check_takes_nothing();
    CHECK(ready().text("log") == "refusing");
  }
  CHECK(works_again());
  check_whole_and_stop(served);
}

}  // namespace mibun::server
