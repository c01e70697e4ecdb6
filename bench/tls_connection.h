#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace mibun::bench {

// Whom the load client trusts, for all of its connections.
class TlsTrust {
 public:
  // `root_pem`: the only root. An invariant holds it to be one.
  explicit TlsTrust(std::string_view root_pem);
  ~TlsTrust();
  TlsTrust(const TlsTrust&) = delete;
  TlsTrust& operator=(const TlsTrust&) = delete;
  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// A blocking TLS 1.3 connection to localhost: what a load client needs of one, and no more. The server's certificate is
// verified with its name.
class TlsConnection {
 public:
  TlsConnection(const TlsTrust& trust, std::uint16_t port);
  TlsConnection(TlsConnection&&) noexcept;
  TlsConnection& operator=(TlsConnection&&) = delete;
  ~TlsConnection();

  bool is_open() const;
  bool send(std::string_view bytes);
  // What comes next, into `buffer`; 0 at the end or after an error.
  std::size_t receive(std::span<char> buffer);
  // Whether the other end has not closed it.
  bool is_alive() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::bench
