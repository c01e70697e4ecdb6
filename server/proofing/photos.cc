#include "server/proofing/photos.h"

#include <algorithm>

#include "core/codecs/jpeg.h"

namespace mibun::server {
namespace {

constexpr std::size_t kSideMin = 640;
constexpr std::size_t kSideMax = 8192;  // a small file can claim a picture that fills a reviewer's memory

}  // namespace

bool is_photo(std::string_view name) {
  return name == kDocumentPhoto || name == kSelfiePhoto;
}

Status check_photo(std::string_view name, BytesView content) {
  const std::string where = "files." + std::string(name);
  if (content.size() > kPhotoBytesMax) return fail(ErrorCode::photo_malformed, where, "more than 3 MB");
  const auto size = jpeg::read_size(content);
  if (!size) return fail(ErrorCode::photo_malformed, where, size.error().detail);
  const auto [shorter, longer] = std::minmax(size->width, size->height);
  if (shorter < kSideMin) return fail(ErrorCode::photo_malformed, where, "fewer than 640 pixels on a side");
  if (longer > kSideMax) return fail(ErrorCode::photo_malformed, where, "more than 8192 pixels on a side");
  return {};
}

}  // namespace mibun::server
