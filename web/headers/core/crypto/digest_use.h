#pragma once

// In the place of core/crypto/digest_use.h.

namespace mibun::crypto {

inline constexpr bool kVerifiesDigests = false;

}  // namespace mibun::crypto
