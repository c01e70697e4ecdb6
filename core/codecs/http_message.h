#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mibun {

// HTTP messages as protocol flows see them: no sockets. Header names compare without case.
struct HttpHeader {
  std::string name, value;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // absolute https URL
  std::vector<HttpHeader> headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;

  // The first value, or nullopt.
  std::optional<std::string_view> header(std::string_view name) const;
};

// Compares ASCII without case, as header names and media types are.
bool equal_ignoring_case(std::string_view a, std::string_view b);
// The media type before any ";", trimmed: "application/json".
std::string_view media_type(std::string_view content_type);

}  // namespace mibun
