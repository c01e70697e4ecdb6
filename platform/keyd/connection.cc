#include "platform/keyd/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "platform/keyd/message.h"
#include "platform/keyd/socket_address.h"

namespace mibun::keyd {
namespace {

constexpr std::size_t kHeadBytes = 4;

std::unexpected<Error> lost(const char* detail) {
  return fail(ErrorCode::keyd_unavailable, "socket", detail);
}

}  // namespace

Connection::Connection(int descriptor) : descriptor_(descriptor) {
  if (descriptor_ >= 0) ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
}

Connection::Connection(Connection&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Connection::~Connection() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<Connection> Connection::connect_to(const std::string& path, Until until) {
  const auto address = SocketAddress::of(path);
  if (!address && address.error().code == ErrorCode::not_found) return lost("the key service is not there");
  if (!address) return std::unexpected(address.error());
  Connection connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (connection.descriptor_ < 0) return lost("no socket can be had");
  // A full backlog says EAGAIN at once and offers nothing to wait on, so it is asked again until the time is over.
  while (::connect(connection.descriptor_, address->get(), address->size()) != 0) {
    if (errno == EINTR) continue;
    if (errno != EAGAIN || std::chrono::steady_clock::now() >= until) return lost("the key service is not there");
    ::poll(nullptr, 0, 1);
  }
  return connection;
}

Result<uid_t> Connection::peer() const {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || size != sizeof who) {
    return lost("the other end's user cannot be told");
  }
  return who.uid;
}

Status Connection::wait(short events, std::optional<Until> until) const {
  for (;;) {
    int left = -1;
    if (until) {
      const auto span = std::chrono::ceil<std::chrono::milliseconds>(*until - std::chrono::steady_clock::now());
      if (span.count() <= 0) return lost("took too long");
      left = static_cast<int>(std::min<std::int64_t>(span.count(), 3'600'000));
    }
    pollfd one{descriptor_, events, 0};
    const int ready = ::poll(&one, 1, left);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return lost("cannot be waited for");
  }
}

Status Connection::send(BytesView message, Until until) {
  MIBUN_INVARIANT(!message.empty() && message.size() <= kMessageBytesMax);
  std::array<std::uint8_t, kHeadBytes> head{};
  for (std::size_t i = 0; i < kHeadBytes; ++i) {
    head.at(i) = static_cast<std::uint8_t>(message.size() >> (8 * (kHeadBytes - 1 - i)));
  }
  std::array<iovec, 2> parts{{{head.data(), head.size()}, {const_cast<std::uint8_t*>(message.data()), message.size()}}};
  std::size_t at = 0;
  while (at < parts.size()) {
    msghdr what{};
    what.msg_iov = &parts.at(at);
    what.msg_iovlen = parts.size() - at;
    const ssize_t sent = ::sendmsg(descriptor_, &what, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return lost("the other end has gone");
    if (sent < 0) {
      MIBUN_CHECK(wait(POLLOUT, until));
      continue;
    }
    auto rest = static_cast<std::size_t>(sent);
    for (; at < parts.size() && rest >= parts.at(at).iov_len; ++at) rest -= parts.at(at).iov_len;
    if (at == parts.size()) break;
    parts.at(at).iov_base = static_cast<std::uint8_t*>(parts.at(at).iov_base) + rest;
    parts.at(at).iov_len -= rest;
  }
  return {};
}

// False when the stream ended before the first byte. Without `until`, the time runs from the first byte on.
Result<bool> Connection::read_all(std::span<std::uint8_t> into, std::optional<Until> until,
                                  std::chrono::milliseconds frame_time) {
  std::size_t got = 0;
  while (got < into.size()) {
    const ssize_t now = ::recv(descriptor_, into.data() + got, into.size() - got, 0);
    if (now == 0 && got == 0) return false;
    if (now == 0) return lost("ended in the middle of a message");
    if (now > 0 && !until) until = std::chrono::steady_clock::now() + frame_time;
    if (now > 0) got += static_cast<std::size_t>(now);
    if (now > 0 || errno == EINTR) continue;
    if (errno != EAGAIN) return got == 0 ? Result<bool>(false) : lost("the other end has gone");
    MIBUN_CHECK(wait(POLLIN, until));
  }
  return true;
}

Result<std::optional<SecretBytes>> Connection::receive(std::optional<Until> until,
                                                       std::chrono::milliseconds frame_time) {
  std::array<std::uint8_t, kHeadBytes> head{};
  MIBUN_TRY(const bool began, read_all(head, until, frame_time));
  if (!began) return std::nullopt;
  std::size_t size = 0;
  for (const std::uint8_t byte : head) size = size << 8 | byte;
  if (size == 0 || size > kMessageBytesMax) return lost("a length that no message has");
  SecretBytes message(size);
  const Until end = until.value_or(std::chrono::steady_clock::now() + frame_time);
  MIBUN_TRY(const bool rest, read_all(message.reveal_mutable(), end, frame_time));
  if (!rest) return lost("ended in the middle of a message");
  return std::optional(std::move(message));
}

bool Connection::is_stale() const {
  std::uint8_t byte = 0;
  const ssize_t got = ::recv(descriptor_, &byte, 1, MSG_PEEK);
  return got >= 0 || (errno != EAGAIN && errno != EINTR);
}

void Connection::shut_down() {
  ::shutdown(descriptor_, SHUT_RDWR);
}

}  // namespace mibun::keyd
