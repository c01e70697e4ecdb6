#pragma once

// For files in core/crypto only: the library's numbers for the curves of ec_curve.h.

#include <openssl/obj_mac.h>

#include "core/crypto/ec_curve.h"

namespace mibun::crypto {

template <class Curve>
inline constexpr int kCurveNid = NID_undef;
template <>
inline constexpr int kCurveNid<P256Curve> = NID_X9_62_prime256v1;
template <>
inline constexpr int kCurveNid<P384Curve> = NID_secp384r1;

}  // namespace mibun::crypto
