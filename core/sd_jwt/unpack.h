#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/sd_jwt/algorithms.h"
#include "core/sd_jwt/places.h"
#include "core/sd_jwt/sd_jwt.h"

// Puts disclosures into the payload they belong to. What holder.h is made of; not meant for callers.
namespace mibun::sd_jwt {

// Of the processed payload, which a chain of disclosures could nest deeper than any JSON text: what one text may have.
// It bounds the recursion of unpacking, copying and freeing.
inline constexpr std::size_t kClaimsDepthMax = 16;

// Where the value of disclosure number `disclosure` ended up in the processed payload.
struct Disclosed {
  std::size_t disclosure = 0;
  Place place;
};

struct UnpackRules {
  DigestAlgorithm digests = DigestAlgorithm::sha256;
  // SD-JWT VC, section 2.2.2.3: some claims, and everything in them, are never disclosed.
  bool protect_claims = true;
  // Leaves what stays closed where the issuer put it, "_sd" and {"...": digest}, so that indexes count as issued.
  bool keep_closed = false;
};

// RFC 9901, section 7.1, steps 3 to 5: the payload with what the disclosures reveal and without "_sd", "_sd_alg" and
// placeholders. Values share the payload's storage. `trace`, where given, receives one entry per disclosure.
// Errors: sd_jwt_*, base64url_*, json_*.
Result<json::Object> unpack(json::Object payload, const SdJwt& sd_jwt, const UnpackRules& rules,
                            std::vector<Disclosed>* trace = nullptr);

}  // namespace mibun::sd_jwt
