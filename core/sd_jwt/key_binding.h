#pragma once

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"
#include "core/crypto/public_key.h"
#include "core/sd_jwt/algorithms.h"
#include "core/sd_jwt/sd_jwt.h"
#include "core/sd_jwt/verifier.h"

// The holder's signature over one presentation. For files of core/sd_jwt only.
namespace mibun::sd_jwt {

// Of all that was presented but the key binding JWT.
struct PresentedDigest {
  DigestAlgorithm algorithm;    // sd_hash uses the one of the disclosures (RFC 9901, section 4.3.1)
  crypto::Sha256Digest sha256;  // found on the way
};

// RFC 9901, section 7.3: the key binding JWT's payload after all checks. Values go to `storage`.
Result<json::Object> verify_key_binding(const SdJwt& sd_jwt, const PresentedDigest& presented,
                                        const crypto::PublicKey& holder_key, const KeyBindingPolicy& policy,
                                        Instant now, const json::StoragePtr& storage);

}  // namespace mibun::sd_jwt
