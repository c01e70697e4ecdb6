#pragma once

#include <string_view>

namespace mibun::server {

// How much an Accept header wants a media type, in thousandths: 0 when it is not named or refused (q=0). Only the exact
// name counts here: "*/*" gets the ordinary answer. RFC 9110, section 12.5.1; what is malformed is passed over.
int media_weight(std::string_view accept, std::string_view type);

}  // namespace mibun::server
