#include "core/sd_jwt/sd_jwt.h"

namespace mibun::sd_jwt {
namespace {

std::unexpected<Error> malformed(const char* detail) {
  return fail(ErrorCode::sd_jwt_malformed, "sd_jwt", detail);
}

}  // namespace

Result<SdJwt> SdJwt::parse(std::string_view text) {
  if (text.size() > kSdJwtBytesMax) return malformed("too large");
  const std::size_t issuer_end = text.find('~');
  if (issuer_end == std::string_view::npos) return malformed("no ~");
  if (issuer_end == 0) return malformed("an empty part");
  SdJwt sd_jwt;
  sd_jwt.issuer_jwt_ = {0, issuer_end};
  sd_jwt.disclosures_.reserve(16);
  std::size_t begin = issuer_end + 1;
  for (std::size_t end; (end = text.find('~', begin)) != std::string_view::npos; begin = end + 1) {
    if (end == begin) return malformed("an empty part");
    if (sd_jwt.disclosures_.size() == kDisclosuresMax) {
      return fail(ErrorCode::sd_jwt_too_many_disclosures, "sd_jwt");
    }
    sd_jwt.disclosures_.push_back({begin, end - begin});
  }
  sd_jwt.kb_jwt_ = {begin, text.size() - begin};
  sd_jwt.text_ = text;
  return sd_jwt;
}

}  // namespace mibun::sd_jwt
