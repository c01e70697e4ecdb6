#pragma once

namespace mibun::crypto {

// P256PublicKey::verify_digest() is there. A browser hashes by itself and has no such thing (web/headers).
inline constexpr bool kVerifiesDigests = true;

}  // namespace mibun::crypto
