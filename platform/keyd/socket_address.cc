#include "platform/keyd/socket_address.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "platform/files/files.h"

namespace mibun::keyd {

Result<SocketAddress> SocketAddress::of(const std::string& path) {
  constexpr std::size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;
  SocketAddress made;
  made.address_.sun_family = AF_UNIX;
  std::string reached = path;
  if (path.size() > kPathBytesMax) {
    const std::string folder = files::parent_directory(path);
    made.folder_ = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (made.folder_ < 0) return fail(ErrorCode::not_found, folder, "is no folder");
    reached = "/proc/self/fd/" + std::to_string(made.folder_) + "/" + path.substr(path.rfind('/') + 1);
  }
  if (path.empty() || reached.size() > kPathBytesMax) {
    return fail(ErrorCode::invalid_argument, "socket", "a path, whose last part has at most 80 bytes");
  }
  std::ranges::copy(reached, made.address_.sun_path);
  return made;
}

SocketAddress::SocketAddress(SocketAddress&& other) noexcept
    : address_(other.address_), folder_(std::exchange(other.folder_, -1)) {}

SocketAddress::~SocketAddress() {
  if (folder_ >= 0) ::close(folder_);
}

}  // namespace mibun::keyd
