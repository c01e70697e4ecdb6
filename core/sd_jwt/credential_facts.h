#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/sd_jwt/verifier.h"

// What an SD-JWT VC says in the clear. For files of core/sd_jwt only.
namespace mibun::sd_jwt {

struct CredentialFacts {
  std::string vct, issuer;
  crypto::P256PublicKey holder_key;
  std::optional<StatusReference> status;
  std::optional<Instant> expires;
};

// From the payload as signed, before disclosures. Errors: sd_jwt_missing_claim, sd_jwt_holder_key_missing, jwk_*,
// public_key_not_on_curve, private_key_rejected, status_reference_malformed, jwt_claim_wrong_type.
Result<CredentialFacts> read_facts(const json::Object& payload);

// "cnf"."jwk": RFC 7800, section 3.2. Errors: sd_jwt_holder_key_missing and those of Jwk::parse.
Result<crypto::P256PublicKey> read_holder_key(const json::Object& payload);

}  // namespace mibun::sd_jwt
