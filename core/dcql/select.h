#pragma once

#include <cstdint>
#include <vector>

#include "core/codecs/json.h"
#include "core/dcql/query.h"

namespace mibun::dcql {

// One element that a path points to, and its own path without null.
struct Selected {
  ClaimPath path;
  const json::Value* value;  // lives as long as the claims given
};

// The claims path pointer applied to a credential: OpenID4VP 1.0, section 7.1; for an mdoc, whose claims are
// {namespace: {element: value}}, section 7.2 says the same of its two names. Empty where the specification says "return
// an error": the claim is not available.
std::vector<Selected> select(const json::Object& claims, const ClaimPath& path);

// As select, for claims from which the holder left array elements out. Those that came have moved up, so an index
// stands for any element that came, at that place or before it.
std::vector<Selected> select_from_presented(const json::Object& claims, const ClaimPath& path);

// Of those selected, the ones with a value asked for; all when `claim` names no values.
std::vector<Selected> with_wanted_values(std::vector<Selected> selected, const ClaimQuery& claim);

// Are these all the claims of a credential, or what a holder showed of them?
enum class Reading : std::uint8_t { credential, presentation };

// Appends the elements that `claim` points to and that have a value asked for; how many. Nothing else is built: this is
// what many cards are searched with.
std::size_t append_wanted(const json::Object& claims, const ClaimQuery& claim, Reading reading,
                          std::vector<const json::Value*>& values);

}  // namespace mibun::dcql
