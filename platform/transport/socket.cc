#include "platform/transport/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "platform/transport/frame.h"
#include "platform/transport/local_address.h"

namespace mibun::transport {
namespace {

std::unexpected<Error> lost(std::string where, std::string detail) {
  return fail(ErrorCode::wallet_connection_lost, std::move(where), std::move(detail));
}

// An address as the system wants it.
struct SystemAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// `address.ip` is a local address: a literal.
SystemAddress to_system(const proximity::SocketAddress& address) {
  SystemAddress made;
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, address.ip.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&made.storage, &v4, sizeof v4);
    made.size = sizeof v4;
    return made;
  }
  sockaddr_in6 v6{};
  MIBUN_INVARIANT(::inet_pton(AF_INET6, address.ip.c_str(), &v6.sin6_addr) == 1);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(address.port);
  std::memcpy(&made.storage, &v6, sizeof v6);
  made.size = sizeof v6;
  return made;
}

std::uint16_t port_of(int descriptor) {
  SystemAddress bound;
  bound.size = sizeof bound.storage;
  if (::getsockname(descriptor, bound.get(), &bound.size) != 0) return 0;
  sockaddr_in v4{};  // the port stands at the same place in both families
  std::memcpy(&v4, &bound.storage, sizeof v4);
  return ntohs(v4.sin_port);
}

// Whether `events` came by `until`; an error of the socket counts as having come.
bool wait_for(int descriptor, short events, const Clock& clock, Instant until) {
  for (;;) {
    pollfd one{.fd = descriptor, .events = events, .revents = 0};
    const auto left = std::clamp<std::int64_t>((until - clock.now()).count(), 0, 1000);
    const int ready = ::poll(&one, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;
    if (clock.now() >= until) return false;
  }
}

void set_options(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A peer that vanished without a word is noticed while something is on its way to it.
  const unsigned limit = static_cast<unsigned>(milliseconds(kFrameTime).count());
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
}

class SocketWire final : public proximity::Wire {
 public:
  SocketWire(Descriptor descriptor, const Clock& clock) : descriptor_(std::move(descriptor)), clock_(clock) {
    set_options(descriptor_.get());
  }
  // What was sent must arrive: closing with unread bytes would reset the connection under it.
  ~SocketWire() override {
    ::shutdown(descriptor_.get(), SHUT_WR);
    std::array<std::uint8_t, 4096> unread{};
    for (int i = 0; i < 16 && ::recv(descriptor_.get(), unread.data(), unread.size(), MSG_DONTWAIT) > 0; ++i) {
    }
  }
  SocketWire(const SocketWire&) = delete;
  SocketWire& operator=(const SocketWire&) = delete;

  Status send(BytesView message) override {
    if (is_over_) return lost("send", "the connection is over");
    auto sent = send_all(frame(message), clock_.now() + kFrameTime);
    is_over_ = !sent;
    return sent;
  }

  Result<std::optional<Bytes>> receive(Instant until) override {
    if (is_over_) return lost("receive", "the connection is over");
    auto received = receive_frame(until);
    is_over_ = !received;
    return received;
  }

 private:
  Status send_all(BytesView rest, Instant until) {
    while (!rest.empty()) {
      const ssize_t put = ::send(descriptor_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (put > 0) rest = rest.subspan(static_cast<std::size_t>(put));
      if (put >= 0 || errno == EINTR) continue;
      if (errno != EAGAIN) return lost("send", "the other end is gone");
      if (!wait_for(descriptor_.get(), POLLOUT, clock_, until)) return lost("send", "the other end takes nothing");
    }
    return {};
  }

  Result<std::optional<Bytes>> receive_frame(Instant until) {
    for (;;) {
      if (auto message = reader_.take()) {
        frame_until_.reset();
        return message;
      }
      const Instant limit = frame_until_ ? std::min(until, *frame_until_) : until;
      if (!wait_for(descriptor_.get(), POLLIN, clock_, limit)) {
        if (frame_until_ && clock_.now() >= *frame_until_) return lost("receive", "the message comes too slowly");
        return std::nullopt;
      }
      MIBUN_CHECK(read_some());
      if (frame_until_ && reader_.is_partial() && clock_.now() >= *frame_until_) {
        return lost("receive", "the message comes too slowly");
      }
    }
  }

  Status read_some() {
    std::array<std::uint8_t, 64 * 1024> buffer{};
    const std::size_t wanted = std::min(buffer.size(), reader_.wanted());
    const ssize_t got = ::recv(descriptor_.get(), buffer.data(), wanted, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    if (got <= 0) return lost("receive", "the other end is gone");
    if (!frame_until_) frame_until_ = clock_.now() + kFrameTime;
    return reader_.feed(BytesView(buffer).first(static_cast<std::size_t>(got)));
  }

  Descriptor descriptor_;
  const Clock& clock_;
  FrameReader reader_;
  std::optional<Instant> frame_until_;  // of the message that has begun
  bool is_over_ = false;
};

Descriptor open_socket(const SystemAddress& address) {
  return Descriptor(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

Result<SocketListener> SocketListener::open(const proximity::SocketAddress& where, const Clock& clock) {
  if (!is_local_address(where.ip)) {
    return fail(ErrorCode::invalid_argument, "address", "not an address of the local network");
  }
  SystemAddress address = to_system(where);
  Descriptor descriptor = open_socket(address);
  if (descriptor.get() < 0) return fail(ErrorCode::io_error, "socket");
  if (::bind(descriptor.get(), address.get(), address.size) != 0 || ::listen(descriptor.get(), 1) != 0) {
    return fail(ErrorCode::io_error, "address", "the address is not this machine's, or the port is taken");
  }
  proximity::SocketAddress bound{where.ip, port_of(descriptor.get())};
  return SocketListener(std::move(descriptor), std::move(bound), clock);
}

Result<std::unique_ptr<proximity::Wire>> SocketListener::accept_one(Instant until) && {
  const Descriptor listening = std::move(descriptor_);  // closed on every way out
  for (;;) {
    if (!wait_for(listening.get(), POLLIN, *clock_, until)) return lost("accept", "no reader came");
    Descriptor accepted(::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (accepted.get() >= 0) return std::make_unique<SocketWire>(std::move(accepted), *clock_);
    const bool again = errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
    if (!again) return fail(ErrorCode::io_error, "accept");
  }
}

Result<std::unique_ptr<proximity::Wire>> connect_to(const proximity::SocketAddress& where, const Clock& clock,
                                                    Instant until) {
  if (!is_local_address(where.ip)) {
    return fail(ErrorCode::mdoc_engagement_malformed, "retrievalMethods.socket", "not an address of this network");
  }
  SystemAddress address = to_system(where);
  Descriptor descriptor = open_socket(address);
  if (descriptor.get() < 0) return fail(ErrorCode::io_error, "socket");
  if (::connect(descriptor.get(), address.get(), address.size) != 0 && errno != EINPROGRESS) {
    return lost("connect", "nobody is there");
  }
  if (!wait_for(descriptor.get(), POLLOUT, clock, until)) return lost("connect", "nobody answers");
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
    return lost("connect", "nobody is there");
  }
  return std::make_unique<SocketWire>(std::move(descriptor), clock);
}

}  // namespace mibun::transport
