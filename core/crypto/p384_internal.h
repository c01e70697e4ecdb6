#pragma once

// For files in core/crypto only.

#include "core/crypto/openssl.h"
#include "core/crypto/p384.h"

namespace mibun::crypto {

struct P384PrivateKey::Impl {
  Impl(OwnedKey pkey, P384PublicKey public_part)
      : key(std::move(pkey)), public_key(public_part), sign_contexts(key.get(), EVP_PKEY_sign_init) {}

  OwnedKey key;
  P384PublicKey public_key;
  KeyContextPool sign_contexts;
};

}  // namespace mibun::crypto
