#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "core/base/result.h"

namespace mibun::keyd {

// The address of a Unix socket, which may have 107 bytes. A longer path is reached through a descriptor of its folder,
// "/proc/self/fd/<n>/<name>"; so the address is good as long as this object.
class SocketAddress {
 public:
  // Errors: invalid_argument (empty, or a name too long), not_found (of a long path the folder is not there).
  static Result<SocketAddress> of(const std::string& path);
  SocketAddress(SocketAddress&& other) noexcept;
  SocketAddress& operator=(SocketAddress&&) = delete;
  ~SocketAddress();

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t size() const { return sizeof address_; }
  const char* path() const { return address_.sun_path; }

 private:
  SocketAddress() = default;
  sockaddr_un address_{};
  int folder_ = -1;
};

}  // namespace mibun::keyd
