#pragma once

// For files in core/crypto only: the string types of X.680 beside those of der.h.

#include <cstdint>

#include "core/crypto/der.h"

namespace mibun::crypto::web::asn1 {

inline constexpr std::uint8_t kUtf8String = 12, kNumericString = 18, kPrintableString = 19, kT61String = 20,
                              kVideotexString = 21, kIa5String = 22, kGraphicString = 25, kVisibleString = 26,
                              kGeneralString = 27, kUniversalString = 28, kBmpString = 30;

// May `node`, which der::check() has passed, stand where ASN.1 says ANY? Only characters cut in two are refused.
inline bool is_any(const tlv::Node& node) {
  switch (node.tag) {
    case kBmpString:
      return node.value.size() % 2 == 0;
    case kUniversalString:
      return node.value.size() % 4 == 0;
    default:
      return true;
  }
}

}  // namespace mibun::crypto::web::asn1
