#pragma once

#include <vector>

#include "core/codecs/json.h"
#include "core/dcql/query.h"

namespace mibun::dcql {

// One element that a path points to, and its own path without null.
struct Selected {
  ClaimPath path;
  const json::Value* value;  // lives as long as the claims given
};

// The claims path pointer applied to a JSON credential: OpenID4VP 1.0, section 7.1. Empty where the specification
// says "return an error": the claim is not available.
std::vector<Selected> select(const json::Object& claims, const ClaimPath& path);

// As select, for claims from which the holder left array elements out: those that came have moved up, so an index
// stands for any element that came.
std::vector<Selected> select_from_presented(const json::Object& claims, const ClaimPath& path);

// Of those selected, the ones with a value asked for; all when `claim` names no values.
std::vector<Selected> with_wanted_values(std::vector<Selected> selected, const ClaimQuery& claim);

}  // namespace mibun::dcql
