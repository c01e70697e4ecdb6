#pragma once

// For files in core/crypto only.

#include <array>

#include "core/base/bytes.h"
#include "core/crypto/openssl.h"
#include "core/crypto/p256.h"

namespace mibun::crypto {

// ECDSA-Sig-Value of a P-256 signature; never more than 72 bytes.
struct DerSignature {
  std::array<std::uint8_t, 72> bytes{};
  std::size_t size = 0;
  BytesView view() const { return BytesView(bytes).first(size); }
};
DerSignature to_der(const P256Signature& signature);

// A new library key for `point` (65 bytes, known to be on the curve).
OwnedKey make_public_pkey(BytesView point);

struct P256PrivateKey::Impl {
  Impl(OwnedKey pkey, P256PublicKey public_part)
      : key(std::move(pkey)), public_key(public_part), sign_contexts(key.get(), EVP_PKEY_sign_init) {}

  OwnedKey key;
  P256PublicKey public_key;
  KeyContextPool sign_contexts;
};

}  // namespace mibun::crypto
