#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "core/codecs/json.h"
#include "core/sd_jwt/claim_path.h"

// Concrete places in a document: a path without EveryElement. What holder.h is made of; not meant for callers.
namespace mibun::sd_jwt {

using Place = std::vector<PathStep>;

// Every place in `document` that `path` points to; none when it points to nothing (OpenID4VP 1.0, section 7.1).
std::vector<Place> find_places(const json::Object& document, const ClaimPath& path);

// Whether `inner` is `outer` or stands below it.
bool is_within(const Place& inner, const Place& outer);

}  // namespace mibun::sd_jwt
