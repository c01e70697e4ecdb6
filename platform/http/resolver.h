#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "platform/http/address.h"

namespace mibun::http {

// From a host's name to its addresses. A client asks once for each request and connects to nothing but the answer.
class Resolver {
 public:
  virtual ~Resolver() = default;
  // At least one address, in the order in which to try them. Errors: http_connect_failed (no such name), http_timeout.
  virtual Result<std::vector<IpAddress>> resolve(const std::string& host, std::chrono::milliseconds timeout) = 0;
};

// The operating system's (getaddrinfo), given up after the timeout.
std::shared_ptr<Resolver> system_resolver();

}  // namespace mibun::http
