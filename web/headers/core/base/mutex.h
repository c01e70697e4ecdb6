#pragma once

// In the place of core/base/mutex.h: there is one thread.

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
