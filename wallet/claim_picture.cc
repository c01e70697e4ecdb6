#include "wallet/claim_picture.h"

#include "core/codecs/base64url.h"
#include "core/codecs/jpeg.h"
#include "core/codecs/png.h"
#include "wallet/element_labels.h"

namespace mibun::wallet {
namespace {

// A portrait of a passport has some twenty thousand bytes. A small file can still be a picture of a billion pixels.
constexpr std::size_t kPictureBytesMax = 256 * 1024;
constexpr std::size_t kSideMax = 4096;

bool is_drawn(const Result<PictureSize>& size) {
  return size && size->width <= kSideMax && size->height <= kSideMax;
}

}  // namespace

std::optional<ClaimPicture> claim_picture(const dcql::ClaimPath& path, const json::Value& value) {
  const std::string* element = mdoc_element(path);
  if (element == nullptr || !is_picture(*element) || !value.is_string()) return std::nullopt;
  const auto file = base64url::decode(value.get_string());
  if (!file || file->size() > kPictureBytesMax) return std::nullopt;
  const std::string image(value.get_string());
  if (is_drawn(jpeg::read_size(*file))) return ClaimPicture{"image/jpeg", image};
  if (is_drawn(png::read_size(*file))) return ClaimPicture{"image/png", image};
  return std::nullopt;
}

}  // namespace mibun::wallet
