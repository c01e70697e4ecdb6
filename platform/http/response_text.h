#pragma once

#include <string>
#include <string_view>

#include "platform/http/server.h"

namespace mibun::http {

struct ResponseFraming {
  std::string_view date;   // the whole line: "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
  bool close = false;      // adds Connection: close
  bool head_only = false;  // the answer to HEAD: the body's length without the body
};

// Appends the whole answer to `out`: one buffer, one write.
void append_response(std::string& out, const ServerResponse& response, const ResponseFraming& framing);

// False for a header name or value, or a media type, that would break the message apart (CR, LF, NUL ...), and for a
// status outside 200..599: a bug of ours that must not become an answer.
bool is_well_formed(const ServerResponse& response);

// "Not Found"; empty for a status without a name here.
std::string_view reason_phrase(int status);

// IMF-fixdate: RFC 9110, section 5.6.7.
std::string date_line(std::int64_t unix_seconds);

}  // namespace mibun::http
