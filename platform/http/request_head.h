#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

// What an HTTP/1.1 request says before its body. Pure: no sockets.
//
// One strict parser decides what a request is and where it ends; nothing is repaired, so no other reader of the same
// bytes can see another request in them. RFC 9112 lets a server tolerate a bare LF, an empty line before the request
// line, obs-fold, repeated equal Content-Length and more; all of that is refused here. tests/platform/http/
// request_head_test.cc has a row for each.
namespace mibun::http {

// Why a request was turned away before a handler saw it. `reason` is a constant sentence, never input.
struct Refusal {
  int status;
  std::string_view reason;
};

template <class T>
using Parsed = std::expected<T, Refusal>;

struct HeadLimits {
  std::size_t head_bytes_max = 16 * 1024;
  std::size_t target_bytes_max = 8 * 1024;
  std::size_t header_count_max = 100;
  std::string_view scheme = "https";  // of an absolute-form target
};

using HeaderLines = std::vector<std::pair<std::string_view, std::string_view>>;

// The bytes up to and with the empty line that ends the head, or 0 when more have to come. `scanned`: how many bytes an
// earlier call saw already. Refuses what can never become a head: 400, 414, 431.
Parsed<std::size_t> find_head_end(std::string_view bytes, std::size_t scanned, const HeadLimits& limits);

struct RequestHead {
  std::string_view method;
  std::string_view target;  // origin-form: "/path?query"
  std::string_view path;
  std::string_view query;
  HeaderLines headers;

  // How the body is framed: chunked, or this many bytes (0 without Content-Length). RFC 9112, section 6.3.
  bool chunked = false;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;

  // `head`: what find_head_end() measured; the views point into it. Replaces what was here, keeping its storage.
  // 400, 414, 417, 431, 501, 505.
  Parsed<void> read(std::string_view head, const HeadLimits& limits);
};

// One "name: value" line without its CRLF: RFC 9112, section 5. 400.
Parsed<std::pair<std::string_view, std::string_view>> parse_header_line(std::string_view line);

// token: RFC 9110, section 5.6.2.
bool is_token(std::string_view text);
// Visible characters, obs-text, space and tab: what a header value or a chunk extension may hold.
bool is_field_text(std::string_view text);
// Path and query of RFC 3986 with complete percent escapes; begins with "/".
bool is_origin_form(std::string_view target);
// host [":" port] with a non-empty host and no user info: RFC 9110, section 7.2.
bool is_host(std::string_view host);

}  // namespace mibun::http
