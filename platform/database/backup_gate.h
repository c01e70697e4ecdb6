#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"

namespace mibun::database {

// "<path>.backup", locked while a copy is made, also by another process; a checkpoint waits there. The lock goes with
// the process that has it. For files in platform/database only.
class BackupGate {
 public:
  // Alone. Errors: io_error.
  static Result<BackupGate> copying(const std::string& database_path);
  // Beside other checkpoints. Errors: io_error.
  static Result<BackupGate> checkpointing(const std::string& database_path);
  BackupGate(BackupGate&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  BackupGate& operator=(BackupGate&&) = delete;
  ~BackupGate();

 private:
  explicit BackupGate(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace mibun::database
