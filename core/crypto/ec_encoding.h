#pragma once

// For files in core/crypto only: how public keys of the curves of ec_curve.h are written.

#include <algorithm>
#include <array>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/ec_curve.h"

namespace mibun::crypto {

// 04 || x || y. Errors: public_key_malformed (a coordinate of another size).
template <class Curve>
Result<std::array<std::uint8_t, Curve::kPointSize>> join_point(BytesView x, BytesView y) {
  if (x.size() != Curve::kHalf || y.size() != Curve::kHalf) {
    return fail(ErrorCode::public_key_malformed, "coordinates", "of another size");
  }
  std::array<std::uint8_t, Curve::kPointSize> point{0x04};
  std::copy(x.begin(), x.end(), point.begin() + 1);
  std::copy(y.begin(), y.end(), point.begin() + 1 + Curve::kHalf);
  return point;
}

template <class Curve>
bool is_spki(BytesView der) {
  return der.size() == Curve::kSpkiPrefix.size() + Curve::kPointSize &&
         std::equal(Curve::kSpkiPrefix.begin(), Curve::kSpkiPrefix.end(), der.begin());
}

template <class Curve>
Bytes spki_of(BytesView point) {
  Bytes der(Curve::kSpkiPrefix.begin(), Curve::kSpkiPrefix.end());
  der.insert(der.end(), point.begin(), point.end());
  return der;
}

}  // namespace mibun::crypto
