#include "server/backup/scratch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "platform/files/files.h"
#include "server/backup/tree.h"

namespace mibun::server::backup {

Result<StateLock> StateLock::take(const std::string& state_directory) {
  MIBUN_CHECK(files::make_private_directory(state_directory));
  const std::string path = state_directory + "/lock";
  StateLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.fd_ < 0) return fail(ErrorCode::io_error, path, "the lock file cannot be made");
  while (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return fail(ErrorCode::unavailable, state_directory, "another backup is at work");
    if (errno != EINTR) return fail(ErrorCode::io_error, path, "the lock file cannot be locked");
  }
  return lock;
}

StateLock::StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
StateLock::~StateLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Scratch> Scratch::make(std::string path) {
  MIBUN_CHECK(remove_tree(path));
  MIBUN_CHECK(files::make_private_directory(path));
  return Scratch(std::move(path));
}

Scratch::Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
Scratch::~Scratch() {
  if (!path_.empty()) static_cast<void>(remove_tree(path_));
}

}  // namespace mibun::server::backup
