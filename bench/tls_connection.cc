#include "bench/tls_connection.h"

// A load client must cost little itself, and ten thousand of them must fit: the library directly.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/polling.h"
#include "core/base/result.h"

namespace mibun::bench {
namespace {

struct SslFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

}  // namespace

struct TlsTrust::Impl {
  std::unique_ptr<SSL_CTX, SslFree> context{SSL_CTX_new(TLS_client_method())};
};

TlsTrust::TlsTrust(std::string_view root_pem) : impl_(std::make_unique<Impl>()) {
  const std::unique_ptr<BIO, SslFree> text(BIO_new_mem_buf(root_pem.data(), static_cast<int>(root_pem.size())));
  const std::unique_ptr<X509, SslFree> root(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  SSL_CTX* context = impl_->context.get();
  MIBUN_INVARIANT(root != nullptr && X509_STORE_add_cert(SSL_CTX_get_cert_store(context), root.get()) == 1);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  MIBUN_INVARIANT(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1);
}
TlsTrust::~TlsTrust() = default;

struct TlsConnection::Impl {
  Impl(SSL_CTX* context, std::uint16_t port) : socket(connect_to(port)), ssl(SSL_new(context)) {
    SSL_set_fd(ssl.get(), socket);
    SSL_set_tlsext_host_name(ssl.get(), "localhost");
    is_open = socket >= 0 && SSL_set1_host(ssl.get(), "localhost") == 1 && SSL_connect(ssl.get()) == 1;
  }
  ~Impl() {
    if (socket >= 0) ::close(socket);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  int socket;
  std::unique_ptr<SSL, SslFree> ssl;
  bool is_open = false;
};

TlsConnection::TlsConnection(const TlsTrust& trust, std::uint16_t port)
    : impl_(std::make_unique<Impl>(trust.impl().context.get(), port)) {}
TlsConnection::TlsConnection(TlsConnection&&) noexcept = default;
TlsConnection::~TlsConnection() = default;

bool TlsConnection::is_open() const {
  return impl_->is_open;
}

bool TlsConnection::send(std::string_view bytes) {
  impl_->is_open = impl_->is_open && SSL_write(impl_->ssl.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
  return impl_->is_open;
}

std::size_t TlsConnection::receive(std::span<char> buffer) {
  if (!impl_->is_open) return 0;
  wait_by_polling(impl_->socket);
  const int got = SSL_read(impl_->ssl.get(), buffer.data(), static_cast<int>(buffer.size()));
  impl_->is_open = got > 0;
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool TlsConnection::is_alive() const {
  char byte = 0;
  const ssize_t got = ::recv(impl_->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return impl_->is_open && (got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)));
}

}  // namespace mibun::bench
