#include "core/sd_jwt/sd_jwt.h"

#include <algorithm>

namespace mibun::sd_jwt {
namespace {

std::unexpected<Error> malformed(const char* detail) {
  return fail(ErrorCode::sd_jwt_malformed, "sd_jwt", detail);
}

}  // namespace

Result<SdJwt> SdJwt::parse(std::string_view text) {
  if (text.size() > kSdJwtBytesMax) return malformed("too large");
  const auto separators = static_cast<std::size_t>(std::ranges::count(text, '~'));
  if (separators == 0) return malformed("no ~");
  if (separators - 1 > kDisclosuresMax) return fail(ErrorCode::sd_jwt_too_many_disclosures, "sd_jwt");
  SdJwt sd_jwt;
  sd_jwt.disclosures_.reserve(separators - 1);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < separators; ++i) {
    const std::size_t end = text.find('~', begin);
    if (end == begin) return malformed("an empty part");
    const Part part{begin, end - begin};
    if (i == 0) {
      sd_jwt.issuer_jwt_ = part;
    } else {
      sd_jwt.disclosures_.push_back(part);
    }
    begin = end + 1;
  }
  sd_jwt.kb_jwt_ = {begin, text.size() - begin};
  sd_jwt.text_ = text;
  return sd_jwt;
}

}  // namespace mibun::sd_jwt
