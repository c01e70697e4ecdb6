#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "platform/keyd/breaker.h"
#include "platform/keyd/connection.h"
#include "platform/keyd/health.h"
#include "platform/keyd/message.h"

namespace mibun::keyd {

struct RemoteOptions {
  std::string socket_path;
  // Users whose service is believed: plaintext goes there. Empty: this process' own user and root.
  std::set<uid_t> service_users = {};
  std::size_t connections_max = 8;
  std::size_t waiting_max = 8;                             // those that wait for a connection
  std::chrono::milliseconds time_limit{10'000};            // of one request, connecting and waiting for a turn included
  std::chrono::milliseconds rotation_time_limit{600'000};  // of rotate_epoch
  std::chrono::milliseconds pause{1000};                   // between two tries while it does not answer (breaker.h)
  std::chrono::milliseconds short_time_limit{500};         // of the question with which such a try begins
};

// Asks the key service at a socket (service.h) over connections that are used again. A service that was started anew is
// found again by itself. Every call may fail with keyd_unavailable; whether it had an effect is then unknown, except
// where nobody was there. One that does not answer holds up so many callers as have a connection or wait for one, once;
// from then on they are refused at once until it answers again (docs/decisions/0062). From any thread.
class RemoteClient {
 public:
  // Asks once, so that a wrong path is an error now. Errors: keyd_unavailable, invalid_argument.
  static Result<std::unique_ptr<RemoteClient>> open(RemoteOptions options);

  Result<Bytes> ask(const Request& request);
  // For operations that answer nothing.
  Status tell(const Request& request);
  // Asks, for short_time_limit at most, and not at all while nobody waits for it.
  KeysHealth health();

 private:
  explicit RemoteClient(RemoteOptions options) : options_(std::move(options)), breaker_(options_.pause) {}
  Result<Bytes> tell_breaker(Result<Bytes> answer, Until until);
  Result<Bytes> ask_once(const Request& request, std::chrono::milliseconds limit);
  Result<std::unique_ptr<Connection>> borrow(Until until);
  void give_back(std::unique_ptr<Connection> connection);
  Result<std::unique_ptr<Connection>> connect(Until until) const;

  const RemoteOptions options_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t lent_ = 0, waiting_ = 0;
  Breaker breaker_;
  std::atomic<bool> has_token_failed_ = false;  // by the last answer that says something about it
};

}  // namespace mibun::keyd
