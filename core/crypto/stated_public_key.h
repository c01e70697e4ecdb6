#pragma once

#include "core/crypto/p256.h"

namespace mibun::crypto {

// The public key that a private key written by P256PrivateKey::pkcs8() states. Reading the private key would compute
// the public one anew to compare them, which takes as long as a signature; this is for what came out of a sealed record
// of ours, where only the public key is needed. Errors: private_key_malformed (any other form),
// public_key_not_on_curve.
Result<P256PublicKey> stated_public_key(BytesView pkcs8);

}  // namespace mibun::crypto
