#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/crypto/p256.h"

namespace mibun::webauthn {

inline constexpr std::int64_t kCoseEs256 = -7;  // RFC 9053, section 2.1

// An ES256 public key as COSE_Key (RFC 9052, section 7; WebAuthn Level 3, section 5.8.5):
//   {1: 2, 3: -7, -1: 1, -2: x bstr .size 32, -3: y bstr .size 32}  in this order and nothing else.
// `item`: exactly one CBOR item. Errors: webauthn_algorithm_not_allowed (any other alg), webauthn_malformed.
Result<crypto::P256PublicKey> parse_cose_key(BytesView item);
Bytes write_cose_key(const crypto::P256PublicKey& key);

}  // namespace mibun::webauthn
