#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "core/mdoc/device_engagement.h"

// A retrieval method of our own for terminals that share a network: ISO/IEC 18013-5 has NFC, BLE and Wi-Fi Aware only
// (docs/formats/proximity_socket.md, docs/divergences.md).
//   [1835622005, 1, {0: tstr address, 1: uint port}]
namespace mibun::proximity {

// "mibu" as a number: far from the small ones that standards give out.
inline constexpr std::uint64_t kSocketRetrievalType = 0x6d696275;
inline constexpr std::uint64_t kSocketRetrievalVersion = 1;

struct SocketAddress {
  std::string ip;  // an IPv4 or IPv6 address, never a name
  std::uint16_t port = 0;
  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

mdoc::RetrievalMethod socket_retrieval(const SocketAddress& address);
// The first socket among the methods of an engagement. Whether that address may be reached is the transport's to judge.
// Errors: not_found (the device offers none), mdoc_engagement_malformed, cbor_*.
Result<SocketAddress> find_socket(const mdoc::DeviceEngagement& engagement);

}  // namespace mibun::proximity
