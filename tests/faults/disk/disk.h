#pragma once

#include <sys/statvfs.h>
#include <sys/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

#include "tests/faults/disk/content.h"
#include "tests/faults/disk/names.h"
#include "tests/faults/disk/plan.h"

namespace mibun::faults {

// What this process believes to be its disk. Each function stands in the place of the system call of its name: the same
// answers, and errno. Files outside Plan::root, and SQLite's shared memory ("-shm", which nobody needs after a crash),
// go by untouched. Safe from several threads: one call after the other.
class Disk {
 public:
  static Disk& one();

  int open(int folder, const char* path, int flags, mode_t mode);
  // A file that mkostemp made; -1 as it is.
  int made_by_name(int fd);
  int close(int fd);
  ssize_t write(int fd, const void* data, std::size_t size);
  ssize_t pwrite(int fd, const void* data, std::size_t size, off_t offset);
  int truncate(int fd, off_t size);
  int sync(int fd, const char* call);
  int rename(const char* from, const char* to);
  int link(const char* from, const char* to);
  int unlink(const char* path);
  int mkdir(const char* path, mode_t mode);
  // Whether nothing more fits now.
  bool is_full() const;
  void end();

 private:
  explicit Disk(const Plan& plan);
  struct Open {
    std::string path;
    bool is_folder = false;
    std::shared_ptr<Content> content;  // when it has to be known
  };
  int adopt(int fd, bool made);
  bool is_ours(const std::string& path) const;
  bool is_counted() const;
  bool fails(const char* call, const std::string& path, bool needs_room, bool changes = true);
  ssize_t write_at(const Open& open, int fd, const void* data, std::size_t size, off_t offset, bool positioned);
  std::shared_ptr<Content> content_of(int fd);
  void survive_fork();
  void lose();
  [[noreturn]] void end_at(const char* call, const std::string& path);
  void report(const std::string& what) const;
  void trace(const char* call, const std::string& path);

  const Plan& plan_;
  std::recursive_mutex mutex_;  // the library that undoes a folder calls back
  long count_ = 0;
  int trace_ = -1;    // Plan::trace, once it is open
  bool off_ = false;  // the power has gone: what happens now is our own doing
  std::unordered_map<int, Open> open_;
  std::map<std::pair<dev_t, ino_t>, std::shared_ptr<Content>> contents_;
  Names names_;
};

}  // namespace mibun::faults
