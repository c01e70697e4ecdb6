#pragma once

// For files in core/crypto only: the string types of X.680 beside those of der.h.

#include <cstdint>

namespace mibun::crypto::web::asn1 {

inline constexpr std::uint8_t kNumericString = 18, kPrintableString = 19, kT61String = 20, kVideotexString = 21,
                              kIa5String = 22, kGraphicString = 25, kVisibleString = 26, kGeneralString = 27;

}  // namespace mibun::crypto::web::asn1
