#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/oid4vp/client_id.h"
#include "core/oid4vp/request_profile.h"
#include "server/presentation/session.h"

namespace mibun::server {

// How a request gets into the wallet: the link says where it is, or has it whole (RFC 9101, section 5). Of dc_api there
// is no link, and the word says nothing.
enum class RequestBy { reference, value };

struct RequestWay {
  PresentationMode mode;
  oid4vp::ClientId::Prefix prefix;
};
// What the partner says, where the mode and its name can have it and this gateway allows it; unsaid, by reference, or
// by value under redirect_uri, which has no other way. Errors: request_malformed.
Result<RequestBy> choose_request_by(const RequestWay& way, std::optional<std::string_view> said,
                                    oid4vp::Kind by_value_allowed);

}  // namespace mibun::server
