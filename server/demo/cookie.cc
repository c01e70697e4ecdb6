#include "server/demo/cookie.h"

#include <algorithm>

namespace mibun::server {

std::optional<std::string_view> cookie_of(const http::ServerRequest& request, std::string_view name) {
  std::string_view cookies = request.header("cookie").value_or("");
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view one = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    const std::size_t equals = one.find('=');
    if (equals != std::string_view::npos && one.substr(0, equals) == name) return one.substr(equals + 1);
  }
  return std::nullopt;
}

}  // namespace mibun::server
