#pragma once

#include <string_view>

#include "core/base/result.h"

namespace mibun::oid4vp {

// How an answer travels: OpenID4VP 1.0, sections 8.2, 8.3.1, 5.4 and A.2. Those with .jwt are encrypted to a key of the
// request; of the others whoever sees the way sees the answer.
enum class ResponseMode {
  direct_post_jwt,  // posted to response_uri
  direct_post,
  fragment,    // behind the "#" of redirect_uri, through the browser; what is meant where no mode is said
  dc_api_jwt,  // handed to the browser
  dc_api,
};

std::string_view to_string(ResponseMode mode);
// Errors: oid4vp_response_mode_not_supported at `where`.
Result<ResponseMode> parse_response_mode(std::string_view text, std::string_view where);

constexpr bool is_encrypted(ResponseMode mode) {
  return mode == ResponseMode::direct_post_jwt || mode == ResponseMode::dc_api_jwt;
}
constexpr bool is_browsers(ResponseMode mode) {
  return mode == ResponseMode::dc_api_jwt || mode == ResponseMode::dc_api;
}

}  // namespace mibun::oid4vp
