#include "platform/http/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>

namespace mibun::http {
namespace {

int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

bool later() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that has gone would end the process.
int write_socket(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && later()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_socket(BIO* bio, char* into, int room) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), into, static_cast<std::size_t>(room), 0);
  if (got < 0 && later()) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long control_socket(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* make_socket_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "mibun socket");
  if (method == nullptr) return nullptr;
  BIO_meth_set_write(method, write_socket);
  BIO_meth_set_read(method, read_socket);
  BIO_meth_set_ctrl(method, control_socket);
  return method;
}

BIO* make_bio(int socket) {
  static BIO_METHOD* const method = make_socket_method();  // for the life of the process
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

TlsStream::TlsStream(int socket, SSL_CTX& context) : ssl_(SSL_new(&context)) {
  BIO* bio = ssl_ == nullptr ? nullptr : make_bio(socket);
  if (bio == nullptr) {
    ssl_.reset();
    return;
  }
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_set_read_ahead(ssl_.get(), 1);  // a record's head and body in one call of the kernel
  SSL_set_accept_state(ssl_.get());
}

TlsStream::Progress TlsStream::progress(int outcome) {
  switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      return {Next::wait_readable};
    case SSL_ERROR_WANT_WRITE:
      return {Next::wait_writable};
    case SSL_ERROR_ZERO_RETURN:
      return {Next::closed};
    default:
      return {ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST ? Next::plain_http : Next::failed};
  }
}

TlsStream::Progress TlsStream::shake_hands() {
  if (ssl_ == nullptr) return {};
  ERR_clear_error();
  const int outcome = SSL_do_handshake(ssl_.get());
  return outcome == 1 ? Progress{Next::done} : progress(outcome);
}

TlsStream::Progress TlsStream::read_some(std::span<char> into) {
  ERR_clear_error();
  std::size_t count = 0;
  const int outcome = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
  return outcome == 1 ? Progress{Next::done, count} : progress(outcome);
}

TlsStream::Progress TlsStream::write_some(std::string_view bytes) {
  ERR_clear_error();
  std::size_t count = 0;
  const int outcome = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
  return outcome == 1 ? Progress{Next::done, count} : progress(outcome);
}

TlsStream::Progress TlsStream::close_write() {
  ERR_clear_error();
  const int outcome = SSL_shutdown(ssl_.get());
  return outcome >= 0 ? Progress{Next::done} : progress(outcome);
}

}  // namespace mibun::http
