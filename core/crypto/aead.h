#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"

namespace mibun::crypto {

inline constexpr std::size_t kAeadIvSize = 12;
inline constexpr std::size_t kAeadTagSize = 16;

// AES-GCM with a 16 or 32 byte key and a 12 byte IV. `sealed` is ciphertext followed by the 16 byte tag.
Bytes aes_gcm_seal(BytesView key, BytesView iv, BytesView aad, BytesView plaintext);
// Errors: aead_open_failed, whatever the cause.
Result<Bytes> aes_gcm_open(BytesView key, BytesView iv, BytesView aad, BytesView sealed);

// The same into memory of the caller's, for many pieces in a row. `out` has room for exactly what comes out: 16 bytes
// more than the plaintext, or 16 fewer than what was sealed. A refused `out` is all zeros.
void aes_gcm_seal_into(BytesView key, BytesView iv, BytesView aad, BytesView plaintext, std::span<std::uint8_t> out);
Status aes_gcm_open_into(BytesView key, BytesView iv, BytesView aad, BytesView sealed, std::span<std::uint8_t> out);

// A record: random IV || ciphertext || tag, AES-256-GCM.
Bytes seal_record(BytesView key32, BytesView aad, BytesView plaintext, Rng& rng);
Result<Bytes> open_record(BytesView key32, BytesView aad, BytesView record);

}  // namespace mibun::crypto
