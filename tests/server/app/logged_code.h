#pragma once

#include <string>
#include <string_view>

#include "platform/log/log.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {

// {"event":"presentation_rejected","code":"jwe_malformed",...}: the code of the log's last line about a presentation.
// The protocol says less than we know; that each refusal has its own reason is seen here.
inline std::string last_logged_code() {
  log::flush();
  const std::string text = world().directory_.read("server.log");
  const std::size_t line = text.rfind("\"presentation_rejected\"");
  if (line == std::string::npos) return {};
  const std::string_view mark = "\"code\":\"";
  const std::size_t begin = text.find(mark, line) + mark.size();
  return text.substr(begin, text.find('"', begin) - begin);
}

}  // namespace mibun::server
