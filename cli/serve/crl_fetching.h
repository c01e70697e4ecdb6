#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "server/app/app.h"

namespace mibun::cli {

// Looks each minute whose revocation lists are to be fetched, in a thread of its own: they are strangers' machines, and
// nothing waits for them.
class CrlFetching {
 public:
  // `app` must outlive it.
  explicit CrlFetching(server::App& app);

 private:
  void run(const std::stop_token& stop);
  server::App& app_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace mibun::cli
