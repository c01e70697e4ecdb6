#include "server/idempotency/answers.h"

#include <algorithm>

#include "core/codecs/json.h"

namespace mibun::server {

Bytes to_kept(const http::ServerResponse& response) {
  json::Array headers;
  for (const HttpHeader& header : response.headers) headers.push_back(json::Array{header.name, header.value});
  const json::Object head{
      {"status", response.status}, {"content_type", response.content_type}, {"headers", std::move(headers)}};
  return to_bytes(as_bytes(json::serialize(head) + "\n" + response.body));
}

Result<http::ServerResponse> from_kept(BytesView kept) {
  const std::string_view text = as_text(kept);
  const std::size_t end = std::min(text.find('\n'), text.size());
  MIBUN_TRY(const json::Object head, json::parse_object(text.substr(0, end)));
  json::ObjectReader reader(head, "answer");
  MIBUN_TRY(const std::int64_t status, reader.integer("status"));
  MIBUN_TRY(const std::string_view type, reader.string("content_type"));
  MIBUN_TRY(const json::Array* headers, reader.array("headers"));
  http::ServerResponse response;
  response.status = static_cast<int>(status);
  response.content_type = type;
  for (const json::Value& value : *headers) {
    if (!value.is_array()) return fail(ErrorCode::json_wrong_type, "answer.headers");
    MIBUN_TRY(const auto header, json::string_array(value.get_array(), "answer.headers"));
    if (header.size() != 2) return fail(ErrorCode::json_wrong_type, "answer.headers");
    response.headers.push_back({header[0], header[1]});
  }
  response.body = text.substr(std::min(end + 1, text.size()));
  return response;
}

}  // namespace mibun::server
