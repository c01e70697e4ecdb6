#include "server/idempotency/key.h"

#include <algorithm>

namespace mibun::server {
namespace {

constexpr std::size_t kKeyMin = 16, kKeyMax = 64;

bool is_key_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

Result<std::optional<std::string>> read_idempotency_key(const http::ServerRequest& request) {
  const std::size_t count = request.header_count(kIdempotencyKeyHeader);
  if (count == 0) return std::optional<std::string>();
  const auto malformed = [] { return fail(ErrorCode::idempotency_key_malformed, std::string(kIdempotencyKeyHeader)); };
  const auto value = request.header(kIdempotencyKeyHeader);
  if (count > 1 || !value) return malformed();
  std::string_view key = *value;
  if (key.starts_with('"')) {
    if (key.size() < 2 || !key.ends_with('"')) return malformed();
    key = key.substr(1, key.size() - 2);
  }
  if (key.size() < kKeyMin || key.size() > kKeyMax || !std::ranges::all_of(key, is_key_character)) return malformed();
  return std::optional(std::string(key));
}

bool keeps_answers(const http::Route& route) {
  return route.method != "GET" && route.pattern.starts_with("/api/v1/") && route.pattern != "/api/v1/assertions";
}

}  // namespace mibun::server
