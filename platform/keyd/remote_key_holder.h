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
#include "platform/keyd/keyd.h"
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

// Asks the key service at a socket (service.h). A service that was started anew is found again by itself. Every call
// may fail with keyd_unavailable; whether it had an effect is then unknown, except where nobody was there. From any
// thread.
class RemoteKeyHolder final : public KeyHolder {
 public:
  // Asks once, so that a wrong path is an error now. Errors: keyd_unavailable, invalid_argument.
  static Result<std::unique_ptr<RemoteKeyHolder>> open(RemoteOptions options);

  // Also invalid_argument (a name above kNameBytesMax, a plaintext above kPlaintextBytesMax).
  Status create_person_key(const PersonId& person) override;
  Result<Bytes> seal(const PersonId& person, const RecordName& name, BytesView plaintext) override;
  Result<Bytes> open(const PersonId& person, const RecordName& name, BytesView sealed) override;
  Result<Bytes> open_for(Purpose purpose, const PersonId& person, const RecordName& name, BytesView sealed) override;
  Status destroy_person_key(const PersonId& person) override;
  Result<bool> has_person_key(const PersonId& person) override;
  Result<Bytes> lookup_hash(std::string_view domain, BytesView value) override;
  Result<Bytes> person_hash(const PersonId& person, std::string_view domain, BytesView value) override;
  Status rotate_epoch() override;

 private:
  explicit RemoteKeyHolder(RemoteOptions options) : options_(std::move(options)) {}
  Result<Bytes> ask(const Request& request);
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
