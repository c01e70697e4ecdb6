#pragma once

#include <cstddef>
#include <cstdint>

#include "core/codecs/cbor.h"

// What an mdoc may cost before anybody has verified it.
namespace mibun::mdoc {

inline constexpr std::size_t kMessageBytesMax = std::size_t{4} * 1024 * 1024;  // a DeviceResponse or an IssuerSigned
inline constexpr std::size_t kDocumentsMax = 16;                               // in one DeviceResponse
inline constexpr std::size_t kNameSpacesMax = 32;                              // in one document
inline constexpr std::size_t kElementsMax = 1024;                              // in one name space
inline constexpr std::size_t kNameBytesMax = 256;                              // a doctype, name space or identifier
// ISO/IEC 18013-5, 9.1.2.4 wants ids below 2^31; issuers that draw them from all 32 bits exist, and nothing is lost.
inline constexpr std::uint64_t kDigestIdMax = 0xffffffff;
inline constexpr std::size_t kRandomBytesMin = 16;  // ISO/IEC 18013-5, 9.1.2.5

// Depth counts from each embedded item (tag 24) anew.
inline constexpr cbor::Limits kCborLimits{.depth_max = 16, .items_max = 20'000, .bytes_max = kMessageBytesMax};

}  // namespace mibun::mdoc
