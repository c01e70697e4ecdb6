#pragma once

// For files in core/crypto only.

#include "core/crypto/openssl.h"
#include "core/crypto/p256.h"

namespace mibun::crypto {

struct P256PrivateKey::Impl {
  Impl(OwnedKey pkey, P256PublicKey public_part)
      : key(std::move(pkey)), public_key(public_part), sign_contexts(key.get(), EVP_PKEY_sign_init) {}

  OwnedKey key;
  P256PublicKey public_key;
  KeyContextPool sign_contexts;
};

}  // namespace mibun::crypto
