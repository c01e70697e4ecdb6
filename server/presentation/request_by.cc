#include "server/presentation/request_by.h"

#include <string>
#include <utility>

namespace mibun::server {
namespace {

std::unexpected<Error> refuse(std::string where, std::string detail) {
  return fail(ErrorCode::request_malformed, std::move(where), std::move(detail));
}

// Section 5.9.3: requests under this name are not signed, so all there is lies in the link.
Result<RequestBy> choose_unsigned(PresentationMode mode, std::optional<std::string_view> said) {
  if (mode == PresentationMode::dc_api) {
    return refuse("body.mode", "a redirect_uri asks in a link; for the browser ask under a name that signs");
  }
  if (mode == PresentationMode::cross_device) {
    return refuse("body.mode", "a pairing code needs a signed request that is fetched; a redirect_uri has none");
  }
  if (said && *said != "value") {
    return refuse("body.request_by", "a request of a redirect_uri is not signed and cannot be fetched: leave it out");
  }
  return RequestBy::value;
}

}  // namespace

Result<RequestBy> choose_request_by(const RequestWay& way, std::optional<std::string_view> said,
                                    oid4vp::Kind by_value_allowed) {
  if (said && *said != "value" && *said != "reference") return refuse("body.request_by", "value or reference");
  if (way.prefix == oid4vp::ClientId::Prefix::redirect_uri) return choose_unsigned(way.mode, said);
  if (said && way.mode == PresentationMode::dc_api) {
    return refuse("body.request_by", "the browser carries the request itself: leave it out");
  }
  if (!said || *said == "reference") return RequestBy::reference;
  if (way.mode == PresentationMode::cross_device) {
    return refuse("body.request_by", "with a pairing code a request is fetched: leave it out, or ask for same_device");
  }
  if (!by_value_allowed.accepted()) {
    return refuse("body.request_by", "this gateway's configuration does not allow value (requests_by_value)");
  }
  return RequestBy::value;
}

}  // namespace mibun::server
