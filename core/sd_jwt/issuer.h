#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/crypto/p256.h"
#include "core/sd_jwt/claim_path.h"

namespace mibun::sd_jwt {

struct IssueRequest {
  // Always visible: iss, vct, iat, exp, nbf, cnf, status and what else everyone may read.
  json::Object clear_claims;
  // Every member becomes one disclosure of its own.
  json::Object disclosable;
  // Parts that become disclosures too, inside either object: {"address","region"} (recursive when "address" is itself
  // disclosable), {"nationalities", EveryElement}. Deepest first is not needed.
  std::vector<ClaimPath> disclosable_parts;
  // Digests of nothing, mixed into the top-level "_sd": RFC 9901, section 4.2.5.
  std::size_t decoys = 0;
};

// A claim that must never be hidden from the verifier: iss, nbf, exp, cnf, vct, vct#integrity, status, aka_vcts
// (SD-JWT VC, section 2.2.2.3).
bool is_protected_claim(std::string_view name);

// {"jwk": ...}: the value of "cnf" in clear_claims for `holder`.
json::Object confirmation(const crypto::P256PublicKey& holder);

// "<issuer JWT>~<disclosure>~...~" with typ dc+sd-jwt and `x5c_chain` (DER, leaf first, without the anchor). Each call
// uses fresh 128-bit salts; "_sd" is sorted so that its order says nothing.
// Errors: sd_jwt_missing_claim (iss, vct), sd_jwt_protected_claim_disclosed, sd_jwt_reserved_claim_name,
//         sd_jwt_claim_collision, sd_jwt_path_not_found, sd_jwt_too_many_disclosures, and the signer's.
Result<std::string> issue(const IssueRequest& request, const crypto::Signer& signer, std::span<const Bytes> x5c_chain,
                          Rng& rng);

}  // namespace mibun::sd_jwt
