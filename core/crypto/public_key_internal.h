#pragma once

// For files in core/crypto only.

#include "core/crypto/openssl.h"
#include "core/crypto/public_key.h"

namespace mibun::crypto {

// A new library key.
OwnedKey make_pkey(const PublicKey& key);

}  // namespace mibun::crypto
