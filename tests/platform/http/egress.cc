#include "tests/platform/http/egress.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "platform/http/address.h"

namespace {

struct Watch {
  std::mutex mutex;
  bool on = false;
  std::uint16_t led_to = 0;
  std::vector<std::string> refused;
  std::size_t led = 0;
};
Watch& watch() {
  static Watch instance;
  return instance;
}

int system_connect(int socket, const sockaddr* address, socklen_t size) {
  return static_cast<int>(syscall(SYS_connect, socket, address, size));
}

std::uint16_t port_of(const sockaddr* address) {
  sockaddr_in6 wide{};  // the port stands at the same place in both
  std::memcpy(&wide, address, sizeof(sockaddr_in));
  return ntohs(wide.sin6_port);
}

int connect_to_loopback(int socket, int family, std::uint16_t port) {
  if (family == AF_INET) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return system_connect(socket, reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr);
  return system_connect(socket, reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
}

}  // namespace

extern "C" int connect(int socket, const sockaddr* address, socklen_t size) {
  Watch& state = watch();
  const std::lock_guard lock(state.mutex);
  const auto ip = address == nullptr ? std::nullopt : mibun::http::IpAddress::from(*address);
  if (!state.on || !ip) return system_connect(socket, address, size);
  if (ip->is_public()) {
    ++state.led;
    return connect_to_loopback(socket, address->sa_family, state.led_to);
  }
  state.refused.push_back(ip->to_string() + ":" + std::to_string(port_of(address)));
  errno = ECONNREFUSED;
  return -1;
}

Egress::Egress(std::uint16_t led_to) {
  const std::lock_guard lock(watch().mutex);
  watch().on = true;
  watch().led_to = led_to;
  watch().refused.clear();
  watch().led = 0;
}

Egress::~Egress() {
  const std::lock_guard lock(watch().mutex);
  watch().on = false;
}

std::vector<std::string> Egress::private_connections() const {
  const std::lock_guard lock(watch().mutex);
  return watch().refused;
}

std::size_t Egress::public_connections() const {
  const std::lock_guard lock(watch().mutex);
  return watch().led;
}
