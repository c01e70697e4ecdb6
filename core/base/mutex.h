#pragma once

// A lock where there are threads, nothing where there are none (web/headers).
//   Mutex mutex_;  ...  const Lock lock(mutex_);

#include <mutex>

namespace mibun {

using Mutex = std::mutex;
using Lock = std::lock_guard<std::mutex>;

}  // namespace mibun
