#pragma once

#include <string_view>

#include "core/codecs/http_message.h"

namespace mibun::server {

// The Content-Security-Policy of a page of the server's own: no inline script or style, nothing from elsewhere, no
// form, no frame around it; scripts may not turn text into markup. `images`: where its pictures come from ("'self'
// blob:").
HttpHeader page_policy(std::string_view images = "'none'");

}  // namespace mibun::server
