#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "platform/keyd/connection.h"
#include "platform/keyd/keyd.h"
#include "platform/keyd/message.h"
#include "platform/keyd/signing_keys.h"

namespace mibun::keyd {

struct ServiceOptions {
  std::string socket_path;
  std::set<uid_t> peers;             // who may ask; none: this process' own user
  std::optional<uid_t> owner;        // of the socket, when root makes it
  std::size_t connections_max = 32;  // each has a thread, made at the start
  std::size_t working_max = 8;       // requests at a time
  std::size_t waiting_max = 16;      // those that wait for one of these to end
  std::chrono::milliseconds waiting_time{2000};
  std::chrono::milliseconds frame_time{5000};  // from the first byte of a message to its last
};

// A key holder behind a Unix socket (docs/formats/keyd.md). Whoever is not one of the peers is hung up on without an
// answer. Beyond the limits the answer is keyd_unavailable, at once.
class Service {
 public:
  // Makes the socket, 0600. A socket that nobody listens at any more is replaced.
  // Errors: invalid_argument, io_error (also: another service listens there).
  static Result<std::unique_ptr<Service>> listen(ServiceOptions options);
  ~Service();

  // Starts the threads, which wait. `holder` and `signing_keys` must outlive the service; without the second it has no
  // signing keys, and says keyd_unavailable about them. No other thread is made after this.
  void start(KeyHolder& holder, SigningKeys* signing_keys = nullptr);
  // Takes connections until `stop` can be read from; then ends those there are, and returns.
  void run(int stop);

 private:
  explicit Service(ServiceOptions options, int listener);
  void take_connection();
  void work();
  void talk(Connection& connection);
  SecretBytes answer(BytesView message);
  Result<Bytes> answer_to(BytesView message);
  Result<Bytes> answer_about_signing(const Request& request);
  bool enter();
  void leave();

  const ServiceOptions options_;
  Connection listener_;
  KeyHolder* holder_ = nullptr;
  SigningKeys* signing_keys_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_ending_ = false;
  std::deque<Connection> arrived_;
  std::set<Connection*> open_;
  std::size_t working_ = 0, waiting_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace mibun::keyd
