#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace mibun::http {

// An IPv4 or IPv6 address.
class IpAddress {
 public:
  // The plain spellings only: "192.0.2.1", "2001:db8::1"; no zone, no brackets.
  static std::optional<IpAddress> parse(std::string_view text);
  // AF_INET or AF_INET6; nullopt for any other family.
  static std::optional<IpAddress> from(const sockaddr& address);

  bool is_v4() const { return is_v4_; }
  // Reachable from anywhere by the IANA special-purpose address registries (RFC 6890 and its updates): not private,
  // loopback, link-local, shared (RFC 6598), multicast, reserved, documentation, benchmark, mapped or tunnelled, and
  // not where a cloud keeps its metadata. An address of NAT64 (RFC 6052) is what the IPv4 address in it is.
  bool is_public() const;
  std::string to_string() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};  // an IPv4 address is the first four
  bool is_v4_ = false;
};

}  // namespace mibun::http
