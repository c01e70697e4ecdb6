#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string_view>

namespace mibun::http {

// The server's side of one TLS connection over a non-blocking socket. OpenSSL reads and writes the socket itself and
// gives its buffers back between records, so that a connection that says nothing keeps none.
class TlsStream {
 public:
  enum class Next {
    done,
    wait_readable,  // call again when the socket is readable
    wait_writable,
    closed,      // the peer said that nothing more comes (close_notify)
    plain_http,  // not TLS but a plain HTTP request: only from shake_hands()
    failed
  };
  struct Progress {
    Next next = Next::failed;
    std::size_t count = 0;  // bytes, when `next` is done
  };

  // `socket`: stays the caller's, who closes it after this object. Memory that cannot be had ends the handshake.
  TlsStream(int socket, SSL_CTX& context);
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Progress shake_hands();
  Progress read_some(std::span<char> into);
  // Call again with the same bytes after a wait.
  Progress write_some(std::string_view bytes);
  // Says that nothing more comes; does not wait for the peer to say so too.
  Progress close_write();

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Progress progress(int outcome);
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace mibun::http
