#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/codecs/json.h"
#include "core/dcql/query.h"
#include "core/sd_jwt/verifier.h"

// For files in core/oid4vp only.
namespace mibun::oid4vp {

// Of `claims`, what stands at or below the paths; arrays come whole.
json::Object pick_claims(const json::Object& claims, const std::vector<dcql::ClaimPath>& asked);

// At, below or above one of the paths; an array is judged as a whole.
bool is_asked(const dcql::ClaimPath& path, const std::vector<dcql::ClaimPath>& asked);

// What the holder revealed at choice. Nothing at once, without a second look at the credential, when all its claims
// were asked for anyway: the usual case.
Result<std::vector<dcql::ClaimPath>> disclosed_unless_asked(const sd_jwt::VerifiedPresentation& presentation,
                                                            const std::vector<dcql::ClaimPath>& asked);

}  // namespace mibun::oid4vp
