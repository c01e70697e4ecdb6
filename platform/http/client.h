#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/http_message.h"
#include "platform/http/destinations.h"
#include "platform/http/resolver.h"

namespace mibun::http {

struct ClientOptions {
  Destinations destinations;
  std::string trust_pem;  // the only roots trusted; the system's are used when empty
  std::chrono::milliseconds timeout{10'000};
  std::size_t response_bytes_max = 2 * 1024 * 1024;
  std::shared_ptr<Resolver> resolver = system_resolver();  // for hosts that others named
};

// A blocking https client on libcurl, keep-alive, TLS 1.2 or newer, no redirects, no proxies from the environment, no
// cookies, no decompression. One per thread. The host of a URL that others named is resolved once; every address is
// checked, and the connection goes to one of those that were checked, with the name kept for TLS: a name that changes
// its mind between check and connection (DNS rebinding) gains nothing.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;

  // Errors: url_malformed, url_not_https, http_url_not_allowed, http_address_not_allowed, http_connect_failed,
  // http_tls_failed, http_timeout, http_response_too_large.
  // A 3xx comes back as it is: following is the caller's decision, and the protocols here say no.
  Result<HttpResponse> send(const HttpRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::http
