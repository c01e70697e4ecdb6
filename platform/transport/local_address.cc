#include "platform/transport/local_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace mibun::transport {
namespace {

bool is_local_v4(const std::array<std::uint8_t, 4>& ip) {
  return ip[0] == 127 || ip[0] == 10 || (ip[0] == 172 && ip[1] >= 16 && ip[1] <= 31) || (ip[0] == 192 && ip[1] == 168);
}

bool is_local_v6(const std::array<std::uint8_t, 16>& ip) {
  const bool is_loopback = std::all_of(ip.begin(), ip.end() - 1, [](auto byte) { return byte == 0; }) && ip[15] == 1;
  return is_loopback || (ip[0] & 0xfe) == 0xfc;
}

}  // namespace

bool is_local_address(std::string_view ip) {
  const std::string text(ip);
  if (text.find('\0') != std::string::npos) return false;
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return is_local_v4(v4);
  std::array<std::uint8_t, 16> v6{};
  return ::inet_pton(AF_INET6, text.c_str(), v6.data()) == 1 && is_local_v6(v6);
}

}  // namespace mibun::transport
