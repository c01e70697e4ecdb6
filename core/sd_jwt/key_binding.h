#pragma once

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "core/sd_jwt/sd_jwt.h"
#include "core/sd_jwt/verifier.h"

// The holder's signature over one presentation. For files of core/sd_jwt only.
namespace mibun::sd_jwt {

// RFC 9901, section 7.3: the key binding JWT's payload after all checks. `presented` is the SHA-256 of
// sd_jwt.without_key_binding(). Values go to `storage`.
Result<json::Object> verify_key_binding(const SdJwt& sd_jwt, const crypto::Sha256Digest& presented,
                                        const crypto::P256PublicKey& holder_key, const KeyBindingPolicy& policy,
                                        Instant now, const json::StoragePtr& storage);

}  // namespace mibun::sd_jwt
