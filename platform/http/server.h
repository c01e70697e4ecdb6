#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/http_message.h"

// An HTTP/1.1 server over TLS 1.3 (or plain TCP, for benchmarks and tests on loopback only). Asio stays in server.cc.
namespace mibun::http {

// One request, already checked for well-formedness (Host present and unique, exact Transfer-Encoding, limits ...).
// Views live until the handler returns.
struct ServerRequest {
  std::string_view method;
  std::string_view target;  // origin-form as it arrived: "/path?query"
  std::string_view path;    // before "?"
  std::string_view query;   // after "?", empty when absent
  std::string_view body;
  std::string_view peer_address;
  // Views of name and value as they arrived; obs-fold and control characters were refused.
  std::vector<std::pair<std::string_view, std::string_view>> headers;

  // The value when the header occurs exactly once; nullopt when absent. A repeated header counts as repeated().
  std::optional<std::string_view> header(std::string_view name) const;
  std::size_t header_count(std::string_view name) const;
};

struct ServerResponse {
  int status = 200;
  std::string content_type;  // none when empty
  std::string body;
  std::vector<HttpHeader> headers;  // besides Content-Type, Content-Length, Date, Connection
  // Ready header lines, each ending with CRLF, sent as they are. Views of constants only: the router's security headers
  // are the same for every answer, and a hundred bytes copied beat twenty small strings.
  std::string_view header_block;

  // The first value in `headers`, else in `header_block`.
  std::optional<std::string_view> header(std::string_view name) const;
};

using Handler = std::function<ServerResponse(const ServerRequest&)>;

struct TlsIdentity {
  std::string certificate_chain_pem;
  std::string private_key_pem;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;          // 0: any free port, see port()
  unsigned threads = 2;            // one io_context each, SO_REUSEPORT
  std::optional<TlsIdentity> tls;  // none: plain TCP
  std::size_t header_bytes_max = 16 * 1024;
  std::size_t body_bytes_max = 1024 * 1024;
  std::chrono::milliseconds header_timeout{10'000};  // first byte to end of headers
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{30'000};
  std::size_t connections_max = 10'000;
  // So long a request waits at most until its handler begins: unread, because others came before it, or because nobody
  // is left to stand in for one more handler (turns.h). Then it is refused with 503 and Retry-After. What these paths
  // name is answered nevertheless. docs/decisions/0070.
  std::chrono::milliseconds waiting_max{2000};
  std::vector<std::string> never_refused;
  // Called for a request that was refused before a handler saw it (400, 408, 413, 414, 417, 431, 501, 503, 505), and
  // for 500 when a handler threw; may fill the body. `reason` is a constant sentence. Usually Router::refuse.
  std::function<ServerResponse(int status, std::string_view reason)> refusal;
  // Told when a handler threw or made an answer that cannot be sent: a bug of ours. The type's name only, as what() may
  // hold personal data.
  std::function<void(std::string_view exception_type)> handler_failed;
};

class Server {
 public:
  // Binds and listens; nothing is answered before start(). Errors: io_error (address in use, says which port),
  // invalid_argument (address), certificate_malformed, private_key_malformed, private_key_rejected (not P-256, or not
  // the certificate's).
  static Result<std::unique_ptr<Server>> bind(ServerOptions options, Handler handler);
  ~Server();

  std::uint16_t port() const;
  void start();  // starts the threads and returns
  void stop();   // stops accepting, lets running requests end (up to 5 s), joins; idempotent

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::http
