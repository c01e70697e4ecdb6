#pragma once

#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/mdoc/session_message.h"

namespace mibun::proximity {

inline constexpr std::size_t kMessageBytesMax = mdoc::kSessionMessageBytesMax;

// What carries whole messages between a reader and a device: a socket, or a pipe in tests. Nothing here is secret or
// believed: the session above it encrypts and checks. After an error nothing more is sent or received.
class Wire {
 public:
  virtual ~Wire() = default;
  // Errors: wallet_connection_lost (closed by the other end, or it takes nothing for too long).
  virtual Status send(BytesView message) = 0;
  // The next whole message; nullopt when none was whole by `until`, which may be now. Errors: wallet_connection_lost
  // (closed, a message longer than kMessageBytesMax, or one that comes too slowly).
  virtual Result<std::optional<Bytes>> receive(Instant until) = 0;
};

}  // namespace mibun::proximity
