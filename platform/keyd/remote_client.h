#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "platform/keyd/connection.h"
#include "platform/keyd/message.h"

namespace mibun::keyd {

struct RemoteOptions {
  std::string socket_path;
  // Users whose service is believed: plaintext goes there. Empty: this process' own user and root.
  std::set<uid_t> service_users = {};
  std::size_t connections_max = 8;
  std::chrono::milliseconds time_limit{10'000};            // of one request, connecting and waiting for a turn included
  std::chrono::milliseconds rotation_time_limit{600'000};  // of rotate_epoch
};

// Asks the key service at a socket (service.h) over connections that are used again. A service that was started anew is
// found again by itself. Every call may fail with keyd_unavailable; whether it had an effect is then unknown, except
// where nobody was there. From any thread.
class RemoteClient {
 public:
  // Asks once, so that a wrong path is an error now. Errors: keyd_unavailable, invalid_argument.
  static Result<std::unique_ptr<RemoteClient>> open(RemoteOptions options);

  Result<Bytes> ask(const Request& request);
  // For operations that answer nothing.
  Status tell(const Request& request);

 private:
  explicit RemoteClient(RemoteOptions options) : options_(std::move(options)) {}
  Result<std::unique_ptr<Connection>> borrow(Until until);
  void give_back(std::unique_ptr<Connection> connection);
  Result<std::unique_ptr<Connection>> connect(Until until) const;

  const RemoteOptions options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0;
};

}  // namespace mibun::keyd
