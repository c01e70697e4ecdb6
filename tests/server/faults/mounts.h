#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "core/base/result.h"

namespace mibun::server {

// Mounts of this thread and of the programs that it starts, seen by nobody else and gone at the end. Only root may have
// them, and not in every container.
class OwnMounts {
 public:
  OwnMounts()
      : before_(::open("/proc/thread-self/ns/mnt", O_RDONLY | O_CLOEXEC)),
        root_(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)),
        here_(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (before_ < 0 || root_ < 0 || here_ < 0 || ::unshare(CLONE_NEWNS) != 0) return;
    are_own_ = true;
    // Nothing goes back to where we came from; and whether mounting is allowed at all.
    const std::string tried = std::filesystem::temp_directory_path().string();
    may_mount_ = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                 ::mount(tried.c_str(), tried.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
                 ::umount2(tried.c_str(), MNT_DETACH) == 0;
  }
  ~OwnMounts() {
    // Coming back leads to the root of the mounts, which is not ours inside of a chroot.
    if (are_own_) {
      MIBUN_INVARIANT(::setns(before_, CLONE_NEWNS) == 0 && ::fchdir(root_) == 0 && ::chroot(".") == 0 &&
                      ::fchdir(here_) == 0);
    }
    for (const int one : {before_, root_, here_}) {
      if (one >= 0) ::close(one);
    }
  }
  OwnMounts(const OwnMounts&) = delete;
  OwnMounts& operator=(const OwnMounts&) = delete;

  bool may_mount() const { return may_mount_; }

  // `options`: "size=32m", "nr_inodes=500".
  bool mount_in_memory(const std::string& directory, const std::string& options) const {
    std::filesystem::create_directories(directory);
    return ::mount("tmpfs", directory.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  bool make_read_only(const std::string& directory) const {
    const char* path = directory.c_str();
    return ::mount(path, path, nullptr, MS_BIND, nullptr) == 0 &&
           ::mount(nullptr, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
  }
  bool unmount(const std::string& directory) const { return ::umount2(directory.c_str(), MNT_DETACH) == 0; }

 private:
  const int before_, root_, here_;
  bool are_own_ = false, may_mount_ = false;
};

}  // namespace mibun::server
