#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::keyd {

using Until = std::chrono::steady_clock::time_point;

// One end of a stream socket between the service and a client; closed with it. Messages go as
//   length, 4 bytes big-endian, 1 to kMessageBytesMax; then so many bytes
// All errors are keyd_unavailable; after one the stream is of no more use.
class Connection {
 public:
  explicit Connection(int descriptor);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  // To a service at `path`.
  static Result<Connection> connect_to(const std::string& path, Until until);

  // The user at the other end (SO_PEERCRED): of a service, the user it listened as.
  Result<uid_t> peer() const;

  Status send(BytesView message, Until until);
  // The next message; none when the other end closed before it began one. `until` none: waits for its first byte as
  // long as it takes, and for the rest `frame_time`.
  Result<std::optional<SecretBytes>> receive(std::optional<Until> until, std::chrono::milliseconds frame_time);

  // The other end has gone, or sent something that nobody asked for.
  bool is_stale() const;
  // Whoever waits here hears the end of the stream.
  void shut_down();
  int get() const { return descriptor_; }

 private:
  Status wait(short events, std::optional<Until> until) const;
  Result<bool> read_all(std::span<std::uint8_t> into, std::optional<Until> until, std::chrono::milliseconds frame_time);
  int descriptor_;
};

}  // namespace mibun::keyd
