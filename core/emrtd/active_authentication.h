#pragma once

#include <array>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/emrtd/data_groups.h"
#include "core/emrtd/passive_authentication.h"

// ICAO Doc 9303-11, section 6.1: the chip signs a challenge with a key that never leaves it and whose public half is in
// the signed DG15. So the chip that answered is the one the state personalised.
namespace mibun::emrtd {

using ActiveAuthenticationChallenge = std::array<std::uint8_t, 8>;

// First 8 bytes of SHA-256(server nonce || wallet key thumbprint): binds chip, session and wallet key together.
// `server_nonce`: at least 16 bytes. `key_thumbprint`: the 32 bytes of RFC 7638. Errors: invalid_argument.
Result<ActiveAuthenticationChallenge> make_active_authentication_challenge(BytesView server_nonce,
                                                                           BytesView key_thumbprint);

// `signature`: plain r || s, 64 bytes. The key in DG15 must be P-256 (named curve), and DG14 must name its algorithm,
// ecdsa-plain with SHA-256, SHA-384 or SHA-512. Both come from authentic files only.
// Errors: emrtd_active_authentication_unsupported (no DG14 or DG15, another key or algorithm), emrtd_file_malformed,
// emrtd_active_authentication_failed.
Status verify_active_authentication(const AuthenticFiles& files, const ActiveAuthenticationChallenge& challenge,
                                    BytesView signature);

}  // namespace mibun::emrtd
