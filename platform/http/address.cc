#include "platform/http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <span>

namespace mibun::http {
namespace {

struct Block {
  std::array<std::uint8_t, 16> bytes;
  unsigned bits;
};

// https://www.iana.org/assignments/iana-ipv4-special-registry, and what clouds answer on.
constexpr auto kNotPublicV4 = std::to_array<Block>({
    {{0}, 8},                  // this network
    {{10}, 8},                 // private
    {{100, 64}, 10},           // shared, CGNAT
    {{127}, 8},                // loopback
    {{168, 63, 129, 16}, 32},  // a cloud's wire server
    {{169, 254}, 16},          // link-local, metadata
    {{172, 16}, 12},           // private
    {{192, 0, 0}, 24},         // protocol assignments, metadata
    {{192, 0, 2}, 24},         // documentation
    {{192, 31, 196}, 24},      // AS112
    {{192, 52, 193}, 24},      // AMT
    {{192, 88, 99}, 24},       // 6to4 relays
    {{192, 168}, 16},          // private
    {{192, 175, 48}, 24},      // AS112
    {{198, 18}, 15},           // benchmarks
    {{198, 51, 100}, 24},      // documentation
    {{203, 0, 113}, 24},       // documentation
    {{224}, 4},                // multicast
    {{240}, 4},                // reserved, broadcast
});

constexpr Block kGlobalUnicastV6{{0x20}, 3};  // all that is given out
constexpr Block kNat64V6{{0, 0x64, 0xff, 0x9b}, 96};
constexpr auto kNotPublicV6 = std::to_array<Block>({
    {{0x20, 0x01, 0x00}, 23},                    // protocol assignments: Teredo, benchmarks, ORCHID
    {{0x20, 0x01, 0x0d, 0xb8}, 32},              // documentation
    {{0x20, 0x02}, 16},                          // 6to4: an IPv4 address inside
    {{0x26, 0x20, 0x00, 0x4f, 0x80, 0x00}, 48},  // AS112
    {{0x3f, 0xff}, 20},                          // documentation
});

bool lies_in(std::span<const std::uint8_t> address, const Block& block) {
  const std::size_t whole = block.bits / 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), block.bytes.begin())) {
    return false;
  }
  const unsigned rest = block.bits % 8;
  if (rest == 0) return true;
  const unsigned mask = 0xffU << (8 - rest) & 0xffU;
  return (address[whole] & mask) == (block.bytes[whole] & mask);
}

bool is_public_v4(std::span<const std::uint8_t> address) {
  return std::ranges::none_of(kNotPublicV4, [&](const Block& block) { return lies_in(address, block); });
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
  IpAddress address;
  address.is_v4_ = terminated.find(':') == std::string::npos;
  const int family = address.is_v4_ ? AF_INET : AF_INET6;
  if (inet_pton(family, terminated.c_str(), address.bytes_.data()) != 1) return std::nullopt;
  return address;
}

std::optional<IpAddress> IpAddress::from(const sockaddr& address) {
  IpAddress result;
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(result.bytes_.data(), &v4.sin_addr, 4);
    result.is_v4_ = true;
    return result;
  }
  if (address.sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  std::memcpy(result.bytes_.data(), &v6.sin6_addr, 16);
  return result;
}

bool IpAddress::is_public() const {
  if (is_v4_) return is_public_v4(std::span(bytes_).first(4));
  if (lies_in(bytes_, kNat64V6)) return is_public_v4(std::span(bytes_).subspan(12));
  return lies_in(bytes_, kGlobalUnicastV6) &&
         std::ranges::none_of(kNotPublicV6, [&](const Block& block) { return lies_in(bytes_, block); });
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_v4_ ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

}  // namespace mibun::http
