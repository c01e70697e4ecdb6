#include <algorithm>

#include "core/codecs/http_message.h"
#include "platform/http/server.h"

namespace mibun::http {

std::size_t ServerRequest::header_count(std::string_view name) const {
  const auto count = std::count_if(headers.begin(), headers.end(),
                                   [name](const auto& header) { return equal_ignoring_case(header.first, name); });
  return static_cast<std::size_t>(count);
}

std::optional<std::string_view> ServerRequest::header(std::string_view name) const {
  std::optional<std::string_view> found;
  for (const auto& header : headers) {
    if (!equal_ignoring_case(header.first, name)) continue;
    if (found) return std::nullopt;
    found = header.second;
  }
  return found;
}

std::optional<std::string_view> ServerResponse::header(std::string_view name) const {
  for (const HttpHeader& header : headers) {
    if (equal_ignoring_case(header.name, name)) return header.value;
  }
  for (std::string_view rest = header_block; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    const std::size_t colon = line.find(": ");
    if (equal_ignoring_case(line.substr(0, colon), name)) return line.substr(colon + 2);
    rest.remove_prefix(line.size() + 2);
  }
  return std::nullopt;
}

}  // namespace mibun::http
