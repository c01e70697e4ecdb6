#pragma once

#include <string>

#include "core/base/result.h"

namespace mibun::server::backup {

// The state folder, for one at a time; the lock goes with the process. Errors: unavailable, io_error.
class StateLock {
 public:
  static Result<StateLock> take(const std::string& state_directory);
  StateLock(StateLock&& other) noexcept;
  StateLock& operator=(StateLock&&) = delete;
  ~StateLock();

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_;
};

// A folder for the time of a scope, empty at its begin: what a run that was killed left there goes first.
class Scratch {
 public:
  static Result<Scratch> make(std::string path);
  Scratch(Scratch&& other) noexcept;
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch();
  const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace mibun::server::backup
