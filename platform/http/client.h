#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/http_message.h"

namespace mibun::http {

struct ClientOptions {
  std::string trust_pem;  // the only roots trusted; the system's are used when empty
  std::chrono::milliseconds timeout{10'000};
  std::size_t response_bytes_max = 2 * 1024 * 1024;
};

// A blocking https client on libcurl, keep-alive, TLS 1.2 or newer, no redirects, no proxies from the environment, no
// cookies, no decompression. One per thread.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;

  // Errors: url_malformed, url_not_https, http_connect_failed, http_tls_failed, http_timeout, http_response_too_large.
  // A 3xx comes back as it is: following is the caller's decision, and the protocols here say no.
  Result<HttpResponse> send(const HttpRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::http
