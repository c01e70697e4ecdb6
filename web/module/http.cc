#include <algorithm>

#include "core/codecs/json.h"
#include "web/module/device.h"
#include "web/module/taken.h"

namespace mibun::web {
namespace {

constexpr std::size_t kLengthBytes = 4;

std::string head_of(const HttpRequest& request) {
  json::Array headers;
  for (const HttpHeader& header : request.headers) headers.push_back(json::Array{header.name, header.value});
  return json::serialize(
      json::Object{{"method", request.method}, {"url", request.url}, {"headers", std::move(headers)}});
}

std::unexpected<Error> malformed() {
  return fail(ErrorCode::internal_error, "browser", "what the page handed over is no answer");
}

Result<std::vector<HttpHeader>> read_headers(const json::Array& rows) {
  std::vector<HttpHeader> headers;
  for (const json::Value& row : rows) {
    if (!row.is_array()) return malformed();
    MIBUN_TRY(auto pair, json::string_array(row.get_array(), "headers"));
    if (pair.size() != 2) return malformed();
    headers.push_back({std::move(pair[0]), std::move(pair[1])});
  }
  return headers;
}

Result<HttpResponse> read_answer(std::string_view text) {
  std::size_t head_size = 0;
  if (text.size() < kLengthBytes) return malformed();
  for (std::size_t i = kLengthBytes; i-- > 0;) head_size = head_size << 8 | static_cast<unsigned char>(text[i]);
  text.remove_prefix(kLengthBytes);
  if (head_size > text.size()) return malformed();
  MIBUN_TRY(const json::Object head, json::parse_object(text.substr(0, head_size)));
  json::ObjectReader reader(head, "answer");
  HttpResponse response;
  MIBUN_TRY(const std::int64_t status, reader.integer("status"));
  response.status = static_cast<int>(status);
  MIBUN_TRY(const json::Array* headers, reader.array("headers"));
  MIBUN_TRY(response.headers, read_headers(*headers));
  response.body = text.substr(head_size);
  return response;
}

Error failure_of(int result) {
  switch (static_cast<HttpFailure>(result)) {
    case HttpFailure::timeout:
      return {ErrorCode::http_timeout, "browser", {}};
    case HttpFailure::redirect:
      return {ErrorCode::http_redirect_refused, "browser", {}};
    case HttpFailure::too_long:
      return {ErrorCode::http_response_too_large, "browser", {}};
    case HttpFailure::no_connection:
      break;
  }
  return {ErrorCode::http_connect_failed, "browser", {}};
}

}  // namespace

Result<HttpResponse> PageHttp::send(const HttpRequest& request) {
  const std::string head = head_of(request);
  const int size = page_http(head.data(), head.size(), request.body.data(), request.body.size());
  if (size < 0) return std::unexpected(failure_of(size));
  return read_answer(taken(size));
}

}  // namespace mibun::web
