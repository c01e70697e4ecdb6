#pragma once

#include <memory>
#include <utility>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/proximity/socket_retrieval.h"
#include "core/proximity/wire.h"

// The one way in which two terminals meet here: a TCP connection inside the local network, for one session.
namespace mibun::transport {

inline constexpr seconds kFrameTime{10};  // from the first byte of a message to its last, either way

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return value_; }

 private:
  int value_;
};

// The device's end. `clock` must outlive it and its connection.
class SocketListener {
 public:
  // `where.port` 0: any free one. Errors: invalid_argument (no local address), io_error (the address is not ours, or
  // the port is taken).
  static Result<SocketListener> open(const proximity::SocketAddress& where, const Clock& clock);
  const proximity::SocketAddress& address() const { return address_; }
  // The first to connect; nobody else gets in, not even those who wait already. Errors: wallet_connection_lost (nobody
  // came by `until`), io_error.
  Result<std::unique_ptr<proximity::Wire>> accept_one(Instant until) &&;

 private:
  SocketListener(Descriptor descriptor, proximity::SocketAddress address, const Clock& clock)
      : descriptor_(std::move(descriptor)), address_(std::move(address)), clock_(&clock) {}
  Descriptor descriptor_;
  proximity::SocketAddress address_;
  const Clock* clock_;
};

// The reader's end. `clock` must outlive it. Errors: mdoc_engagement_malformed (no local address), io_error,
// wallet_connection_lost (nobody there by `until`).
Result<std::unique_ptr<proximity::Wire>> connect_to(const proximity::SocketAddress& where, const Clock& clock,
                                                    Instant until);

}  // namespace mibun::transport
