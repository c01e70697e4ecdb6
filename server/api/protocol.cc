#include "server/api/protocol.h"

#include <utility>

namespace mibun::server {

std::vector<HttpHeader> headers_of(const http::ServerRequest& request) {
  std::vector<HttpHeader> headers;
  headers.reserve(request.headers.size());
  for (const auto& [name, value] : request.headers) headers.push_back({std::string(name), std::string(value)});
  return headers;
}

http::ServerResponse to_server_response(HttpResponse response) {
  http::ServerResponse answer;
  answer.status = response.status;
  answer.body = std::move(response.body);
  for (HttpHeader& header : response.headers) {
    if (equal_ignoring_case(header.name, "content-type")) {
      answer.content_type = std::move(header.value);
    } else {
      answer.headers.push_back(std::move(header));
    }
  }
  return answer;
}

}  // namespace mibun::server
