#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "core/base/result.h"

namespace mibun::keyd {

// How far the key table has come, in a file outside of its directories: whoever puts all of them back at once is
// noticed. The file is one line, "mibun keyd memory 1 <generation>", replaced as a whole.
class GenerationMemory {
 public:
  // An empty path remembers nothing. Without a file the memory begins now. Errors: io_error, keyd_integrity_error (not
  // such a file).
  static Result<GenerationMemory> open(std::string path);
  GenerationMemory(GenerationMemory&& other) noexcept : path_(std::move(other.path_)), generation_(other.generation_) {}

  std::int64_t generation() const;  // 0: nothing remembered
  // Durable when this returns. Several that wait share one write. Errors: io_error.
  Status raise(std::int64_t generation);

 private:
  GenerationMemory(std::string path, std::int64_t generation) : path_(std::move(path)), generation_(generation) {}

  const std::string path_;
  mutable std::mutex mutex_;
  std::mutex writing_;
  std::int64_t generation_ = 0;  // on disk
  std::int64_t wanted_ = 0;      // by those who wait
};

}  // namespace mibun::keyd
