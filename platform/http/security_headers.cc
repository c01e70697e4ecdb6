#include "platform/http/security_headers.h"

#include <array>
#include <string>

#include "core/codecs/http_message.h"

namespace mibun::http {
namespace {

using Line = std::pair<std::string_view, std::string_view>;

constexpr Line kSecurityHeaders[] = {
    {"Strict-Transport-Security", "max-age=63072000"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"},
    {"Cache-Control", "no-store"},
};

// No credentials: "*" and cookies exclude each other, and there are no cookies.
constexpr Line kCorsHeaders[] = {
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Expose-Headers", "DPoP-Nonce, WWW-Authenticate"},
};

constexpr std::string_view kPreflightAllowHeaders =
    "Content-Type, Authorization, DPoP, Idempotency-Key, Mibun-Assertion, OAuth-Client-Attestation, "
    "OAuth-Client-Attestation-PoP";

template <std::size_t N>
void append_lines(std::string& block, const Line (&lines)[N]) {
  for (const auto& [name, value] : lines) block.append(name).append(": ").append(value).append("\r\n");
}

std::string make_block(bool cors) {
  std::string block;
  append_lines(block, kSecurityHeaders);
  if (cors) append_lines(block, kCorsHeaders);
  return block;
}

bool has(const ServerResponse& response, std::string_view name) {
  for (const HttpHeader& header : response.headers) {
    if (equal_ignoring_case(header.name, name)) return true;
  }
  return false;
}

template <std::size_t N>
bool has_any(const ServerResponse& response, const Line (&lines)[N]) {
  if (response.headers.empty()) return false;
  for (const Line& line : lines) {
    if (has(response, line.first)) return true;
  }
  return false;
}

template <std::size_t N>
void add_missing(ServerResponse& response, const Line (&lines)[N]) {
  for (const auto& [name, value] : lines) {
    if (!has(response, name)) response.headers.push_back({std::string(name), std::string(value)});
  }
}

}  // namespace

void add_security_headers(ServerResponse& response, bool cors) {
  static const std::string kBlock = make_block(false);
  static const std::string kCorsBlock = make_block(true);
  if (has_any(response, kSecurityHeaders) || (cors && has_any(response, kCorsHeaders))) {
    add_missing(response, kSecurityHeaders);
    if (cors) add_missing(response, kCorsHeaders);
    return;
  }
  response.header_block = cors ? kCorsBlock : kBlock;
}

ServerResponse make_preflight_answer(std::string_view methods) {
  ServerResponse response;
  response.status = 204;
  response.headers = {{"Access-Control-Allow-Methods", std::string(methods)},
                      {"Access-Control-Allow-Headers", std::string(kPreflightAllowHeaders)},
                      {"Access-Control-Max-Age", "600"}};
  add_security_headers(response, true);
  return response;
}

}  // namespace mibun::http
