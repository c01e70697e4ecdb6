#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/result.h"
#include "platform/http/destinations.h"
#include "server/app/app.h"

namespace mibun::cli {

// Sends what waits for browsers, beside the answers: a thread of its own, because push services may be slow. Ends with
// the message that is on its way; what waits then is sent after the next start.
class PushSender {
 public:
  // `app` must outlive it.
  PushSender(server::App& app, http::Destinations push_services);

 private:
  void run(const std::stop_token& stop);
  server::App& app_;
  http::Destinations push_services_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace mibun::cli
