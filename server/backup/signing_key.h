#pragma once

#include <string>

#include "core/base/random.h"
#include "core/crypto/p256.h"
#include "core/crypto/public_key.h"
#include "server/trust/key_directory.h"

namespace mibun::server::backup {

// The key that signs manifests and drill reports: one of its own, so that who checks backups needs to trust no other.
//   <keys>/backup.key  sealed, as the other keys of this directory     <keys>/backup.pub  the public JWK
// Errors: io_error, sealed_file_malformed, aead_open_failed.
Result<crypto::P256PrivateKey> open_signing_key(const KeyDirectory& keys);

// A file with that JWK. Errors: not_found, io_error, jwk_*.
Result<crypto::PublicKey> read_public_key(const std::string& path);

}  // namespace mibun::server::backup
