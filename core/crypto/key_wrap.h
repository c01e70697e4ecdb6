#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/secret.h"

namespace mibun::crypto {

// AES Key Wrap with its default initial value: RFC 3394. `key_encryption_key`: 16 or 32 bytes. `key`: 16 to 4096 bytes,
// a multiple of 8; what comes back is 8 bytes longer.
Bytes aes_key_wrap(BytesView key_encryption_key, BytesView key);
// Errors: key_unwrap_failed, whatever the cause.
Result<SecretBytes> aes_key_unwrap(BytesView key_encryption_key, BytesView wrapped);

}  // namespace mibun::crypto
