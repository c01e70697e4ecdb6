#include "platform/http/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <future>
#include <thread>

namespace mibun::http {
namespace {

struct InfoFree {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::vector<IpAddress> ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &list) != 0) return {};
  const std::unique_ptr<addrinfo, InfoFree> owner(list);
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    const auto address = IpAddress::from(*entry->ai_addr);
    if (address && std::ranges::find(addresses, *address) == addresses.end()) addresses.push_back(*address);
  }
  return addresses;
}

class SystemResolver final : public Resolver {
 public:
  Result<std::vector<IpAddress>> resolve(const std::string& host, std::chrono::milliseconds timeout) override {
    // getaddrinfo cannot be stopped: a name that hangs keeps its thread, not its caller.
    std::promise<std::vector<IpAddress>> promise;
    auto answer = promise.get_future();
    std::thread([host, promise = std::move(promise)]() mutable { promise.set_value(ask_system(host)); }).detach();
    if (answer.wait_for(timeout) != std::future_status::ready) {
      return fail(ErrorCode::http_timeout, "host", "the name was not resolved in time");
    }
    auto addresses = answer.get();
    if (addresses.empty()) return fail(ErrorCode::http_connect_failed, "host", "the name has no address");
    return addresses;
  }
};

}  // namespace

std::shared_ptr<Resolver> system_resolver() {
  return std::make_shared<SystemResolver>();
}

}  // namespace mibun::http
