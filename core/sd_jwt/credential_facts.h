#pragma once

#include <optional>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/sd_jwt/verifier.h"

// Reads what an SD-JWT VC says in the clear. For files of core/sd_jwt only.
namespace mibun::sd_jwt {

// From the payload as signed, before disclosures. `certificate_subject` is the issuer when "iss" is absent; without it
// "iss" is required. Errors: sd_jwt_missing_claim, sd_jwt_types_malformed, sd_jwt_integrity_malformed,
// sd_jwt_holder_key_missing, jwk_*, public_key_not_on_curve, private_key_rejected, algorithm_not_allowed,
// status_reference_malformed, jwt_claim_wrong_type.
Result<CredentialFacts> read_facts(const json::Object& payload, AllowedSignatures holder_algorithms,
                                   const std::string* certificate_subject);

// "cnf"."jwk": RFC 7800, section 3.2. Errors: sd_jwt_holder_key_missing (also more than one key), algorithm_not_allowed
// and those of Jwk::parse.
Result<crypto::PublicKey> read_holder_key(const json::Object& payload, AllowedSignatures allowed);

}  // namespace mibun::sd_jwt
