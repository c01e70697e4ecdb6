#include "core/oid4vp/response_mode.h"

#include <array>
#include <string>

namespace mibun::oid4vp {
namespace {

constexpr std::array kModes = {ResponseMode::direct_post_jwt, ResponseMode::direct_post, ResponseMode::fragment,
                               ResponseMode::dc_api_jwt, ResponseMode::dc_api};

}  // namespace

std::string_view to_string(ResponseMode mode) {
  switch (mode) {
    case ResponseMode::direct_post_jwt:
      return "direct_post.jwt";
    case ResponseMode::direct_post:
      return "direct_post";
    case ResponseMode::fragment:
      return "fragment";
    case ResponseMode::dc_api_jwt:
      return "dc_api.jwt";
    case ResponseMode::dc_api:
      return "dc_api";
  }
  return "";
}

Result<ResponseMode> parse_response_mode(std::string_view text, std::string_view where) {
  for (const ResponseMode mode : kModes) {
    if (text == to_string(mode)) return mode;
  }
  return fail(ErrorCode::oid4vp_response_mode_not_supported, std::string(where), "a mode that is not known here");
}

}  // namespace mibun::oid4vp
