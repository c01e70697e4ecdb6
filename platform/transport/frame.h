#pragma once

#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/proximity/wire.h"

// Messages in a stream of bytes (docs/formats/proximity_socket.md):
//   length, 4 bytes big-endian, 1 to kMessageBytesMax; then so many bytes
namespace mibun::transport {

inline constexpr std::size_t kFrameHeadBytes = 4;

Bytes frame(BytesView message);

// Takes the stream in pieces. Holds one message at most, and never more memory than arrived.
class FrameReader {
 public:
  // How many bytes it wants now: the rest of the head, then the rest of the message. 0: a message is ready.
  std::size_t wanted() const;
  // `piece`: at most wanted() bytes. Errors: wallet_connection_lost (a length that no message has; the stream is of no
  // more use).
  Status feed(BytesView piece);
  // A message has begun and is not whole yet.
  bool is_partial() const { return !arrived_.empty() && wanted() > 0; }
  // The message when it is whole; then the next one begins.
  std::optional<Bytes> take();

 private:
  std::size_t length() const;  // of the message, once the head is there
  Bytes arrived_;              // head and message
};

}  // namespace mibun::transport
