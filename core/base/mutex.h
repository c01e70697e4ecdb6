#pragma once

// A lock where there are threads, nothing where there are none (the browser).
//   Mutex mutex_;  ...  const Lock lock(mutex_);

#if defined(__wasi__)

namespace mibun {

class Mutex {};

class Lock {
 public:
  explicit Lock(Mutex&) {}
  ~Lock() {}  // NOLINT(modernize-use-equals-default): else a lock would be an unused variable
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

}  // namespace mibun

#else

#include <mutex>

namespace mibun {

using Mutex = std::mutex;
using Lock = std::lock_guard<std::mutex>;

}  // namespace mibun

#endif
