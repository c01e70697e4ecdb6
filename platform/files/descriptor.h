#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/result.h"

// What rooms of platform that keep files of their own have in common with files.h.
namespace mibun::files {

// An open file, closed with it.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// io_error from errno. For writers a missing parent directory is a failed write, not an absent file.
std::unexpected<Error> write_failure(const std::string& path, const char* what);

Status write_all(int fd, BytesView bytes, const std::string& path);

}  // namespace mibun::files
