#include "platform/database/backup_gate.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace mibun::database {
namespace {

Status lock(int fd, int how, const std::string& path) {
  while (::flock(fd, how) != 0) {
    if (errno != EINTR) return fail(ErrorCode::io_error, path, "the lock of backups cannot be taken");
  }
  return {};
}

}  // namespace

Result<BackupGate> BackupGate::copying(const std::string& database_path) {
  const std::string path = database_path + ".backup";
  BackupGate gate(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (gate.fd_ < 0) return fail(ErrorCode::io_error, path, "the lock of backups cannot be made");
  MIBUN_CHECK(lock(gate.fd_, LOCK_EX, path));
  return gate;
}

Result<BackupGate> BackupGate::checkpointing(const std::string& database_path) {
  const std::string path = database_path + ".backup";
  BackupGate gate(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (gate.fd_ < 0 && errno == ENOENT) return gate;  // no copy was ever made
  if (gate.fd_ < 0) return fail(ErrorCode::io_error, path, "the lock of backups cannot be opened");
  MIBUN_CHECK(lock(gate.fd_, LOCK_SH, path));
  return gate;
}

BackupGate::~BackupGate() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace mibun::database
