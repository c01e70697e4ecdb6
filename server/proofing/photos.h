#pragma once

#include <string_view>
#include <vector>

#include "server/proofing/evidence.h"

// What a person photographs for the reviewers, beside the chip: no claim ever comes from a picture. For files in
// server/proofing only.
namespace mibun::server {

inline constexpr std::string_view kDocumentPhoto = "photo.document";  // the passport's data page
inline constexpr std::string_view kSelfiePhoto = "photo.selfie";
inline constexpr std::size_t kPhotoBytesMax = 3 * 1024 * 1024;

bool is_photo(std::string_view name);
// A JPEG of a size that reviewers can work with: 640 to 8,192 pixels on each side. Errors: photo_malformed.
Status check_photo(std::string_view name, BytesView content);

}  // namespace mibun::server
