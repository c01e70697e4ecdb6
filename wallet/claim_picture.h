#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/codecs/json.h"
#include "core/dcql/query.h"

namespace mibun::wallet {

// A picture that a card carries, and that may be drawn.
struct ClaimPicture {
  std::string_view media_type;  // "image/jpeg", "image/png": what its bytes are, whatever anybody calls them
  std::string image;            // base64url
};

// nullopt: no picture, or one that is told in words only: another kind, damaged, too large to be drawn in passing.
std::optional<ClaimPicture> claim_picture(const dcql::ClaimPath& path, const json::Value& value);

}  // namespace mibun::wallet
