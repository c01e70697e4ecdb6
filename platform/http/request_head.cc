#include "platform/http/request_head.h"

#include <algorithm>
#include <charconv>

#include "core/codecs/http_message.h"
#include "platform/http/characters.h"

namespace mibun::http {
namespace {

std::unexpected<Refusal> refuse(int status, std::string_view reason) {
  return std::unexpected<Refusal>(Refusal{status, reason});
}

// "Content-Length: 5" many times over, or 99999999999999999999: 18 digits always fit.
constexpr std::size_t kContentLengthDigitsMax = 18;

// How often each header occurred that decides what the request is.
struct Seen {
  bool http_1_0 = false;
  std::string_view absolute_authority;  // of an absolute-form target
  std::optional<std::string_view> host, content_length, transfer_encoding, expect;
};

Parsed<void> read_version(std::string_view version, Seen& seen) {
  if (version == "HTTP/1.1") return {};
  if (version == "HTTP/1.0") {
    seen.http_1_0 = true;
    return {};
  }
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") && version[5] >= '0' &&
                           version[5] <= '9' && version[6] == '.' && version[7] >= '0' && version[7] <= '9';
  if (well_formed) return refuse(505, "this version of HTTP is not spoken here");
  return refuse(400, "the request line has no HTTP version");
}

// RFC 9110, section 15.6.2: 501 is for a method that no resource here knows; 405 is the router's.
bool is_known_method(std::string_view method) {
  static constexpr std::string_view kKnown[] = {"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"};
  return std::find(std::begin(kKnown), std::end(kKnown), method) != std::end(kKnown);
}

// "https://host/path" becomes "/path", with the authority kept for the comparison with Host.
Parsed<std::string_view> strip_authority(std::string_view target, std::string_view scheme, Seen& seen) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos || !equal_ignoring_case(target.substr(0, colon), scheme)) {
    return refuse(400, "the request target is not a path");
  }
  const std::string_view rest = target.substr(colon + 3);
  const std::size_t end = rest.find_first_of("/?");
  seen.absolute_authority = rest.substr(0, end);
  if (!is_host(seen.absolute_authority)) return refuse(400, "the request target's authority is malformed");
  // "https://host?query" would need a path that is not in the bytes; nobody sends it.
  if (end == std::string_view::npos) return std::string_view("/");
  if (rest[end] != '/') return refuse(400, "the request target has no path");
  return rest.substr(end);
}

Parsed<void> read_target(std::string_view target, const HeadLimits& limits, Seen& seen, RequestHead& head) {
  if (target.size() > limits.target_bytes_max) return refuse(414, "the request target is too long");
  if (target == "*" && head.method == "OPTIONS") return refuse(501, "OPTIONS * is not implemented");
  if (!target.starts_with('/')) {
    const auto stripped = strip_authority(target, limits.scheme, seen);
    if (!stripped) return std::unexpected(stripped.error());
    target = *stripped;
  }
  if (!is_origin_form(target)) return refuse(400, "the request target has a character that is not allowed");
  const std::size_t mark = target.find('?');
  head.target = target;
  head.path = target.substr(0, mark);
  head.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  return {};
}

// request-line = method SP request-target SP HTTP-version, with exactly one space each: RFC 9112, section 3.
Parsed<void> read_request_line(std::string_view line, const HeadLimits& limits, Seen& seen, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, "the request line is malformed");
  head.method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!is_token(head.method) || target.empty() || target.find(' ') != std::string_view::npos) {
    return refuse(400, "the request line is malformed");
  }
  if (auto version = read_version(line.substr(last + 1), seen); !version) return version;
  if (!is_known_method(head.method)) return refuse(501, "the method is not implemented");
  return read_target(target, limits, seen, head);
}

Parsed<void> note_once(std::optional<std::string_view>& slot, std::string_view value, std::string_view reason) {
  if (slot) return refuse(400, reason);
  slot = value;
  return {};
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool list_has(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equal_ignoring_case(trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

// The headers that decide about framing and connection, told apart by length first: this runs for every line.
Parsed<void> note_header(std::string_view name, std::string_view value, Seen& seen, RequestHead& head) {
  switch (name.size()) {
    case 4:
      if (equal_ignoring_case(name, "Host")) return note_once(seen.host, value, "Host occurs twice");
      break;
    case 6:
      if (equal_ignoring_case(name, "Expect")) return note_once(seen.expect, value, "Expect occurs twice");
      break;
    case 10:
      if (equal_ignoring_case(name, "Connection") && list_has(value, "close")) head.keep_alive = false;
      break;
    case 14:
      if (equal_ignoring_case(name, "Content-Length")) {
        return note_once(seen.content_length, value, "Content-Length occurs twice");
      }
      break;
    case 17:
      if (equal_ignoring_case(name, "Transfer-Encoding")) {
        return note_once(seen.transfer_encoding, value, "Transfer-Encoding occurs twice");
      }
      break;
    default:
      break;
  }
  return {};
}

Parsed<void> read_header_lines(std::string_view lines, const HeadLimits& limits, Seen& seen, RequestHead& head) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    if (end == std::string_view::npos) return refuse(400, "a header line does not end with CRLF");
    if (head.headers.size() == limits.header_count_max) return refuse(431, "there are too many headers");
    const auto header = parse_header_line(lines.substr(0, end));
    if (!header) return std::unexpected(header.error());
    if (auto noted = note_header(header->first, header->second, seen, head); !noted) return noted;
    head.headers.push_back(*header);
    lines.remove_prefix(end + 2);
  }
  return {};
}

// RFC 9112, section 3.2: 400 for a request without Host, with more than one, or with a malformed one.
Parsed<void> check_host(const Seen& seen) {
  if (!seen.host) return refuse(400, "Host is missing");
  if (!is_host(*seen.host)) return refuse(400, "Host is malformed");
  if (!seen.absolute_authority.empty() && !equal_ignoring_case(seen.absolute_authority, *seen.host)) {
    return refuse(400, "Host and the request target disagree");
  }
  return {};
}

// RFC 9112, section 6.1: a transfer coding we do not know, before a final "chunked", is 501. Section 6.3: if chunked is
// not the final coding the length cannot be known, which is 400. So is chunked applied twice (section 7.1).
Parsed<void> check_transfer_encoding(std::string_view value) {
  if (equal_ignoring_case(value, "chunked")) return {};
  const std::size_t comma = value.rfind(',');
  const bool chunked_last =
      comma != std::string_view::npos && equal_ignoring_case(trim(value.substr(comma + 1)), "chunked");
  if (!chunked_last) return refuse(400, "Transfer-Encoding does not end with chunked");
  if (list_has(value.substr(0, comma), "chunked")) return refuse(400, "Transfer-Encoding says chunked twice");
  return refuse(501, "the transfer coding is not implemented");
}

// RFC 9112, section 6.3. Content-Length beside Transfer-Encoding "ought to be handled as an error": it is.
Parsed<void> read_framing(const Seen& seen, RequestHead& head) {
  if (seen.transfer_encoding) {
    if (seen.http_1_0) return refuse(400, "Transfer-Encoding in HTTP/1.0");
    if (seen.content_length) return refuse(400, "Content-Length beside Transfer-Encoding");
    if (auto coding = check_transfer_encoding(*seen.transfer_encoding); !coding) return coding;
    head.chunked = true;
    return {};
  }
  if (!seen.content_length) return {};
  const std::string_view digits = *seen.content_length;
  const bool decimal = !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
  // "010" is decimal by the grammar and octal to careless readers: two readings are one too many.
  if (!decimal || (digits.size() > 1 && digits.front() == '0')) return refuse(400, "Content-Length is malformed");
  if (digits.size() > kContentLengthDigitsMax) return refuse(413, "the body is too large");
  std::from_chars(digits.data(), digits.data() + digits.size(), head.content_length);
  return {};
}

// RFC 9110, section 10.1.1: an HTTP/1.0 expectation is ignored, an unknown one is 417.
Parsed<void> read_expectation(const Seen& seen, RequestHead& head) {
  if (!seen.expect || seen.http_1_0) return {};
  if (!equal_ignoring_case(*seen.expect, "100-continue")) return refuse(417, "the expectation cannot be met");
  head.expects_continue = head.chunked || head.content_length > 0;
  return {};
}

// A byte that no head may hold. CR and LF are judged where lines are split.
bool is_never_in_head(char c) {
  return !is_in(kFieldCharacter, c) && c != '\r' && c != '\n';
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && all_in(kTokenCharacter, text);
}

bool is_field_text(std::string_view text) {
  return all_in(kFieldCharacter, text);
}

bool is_origin_form(std::string_view target) {
  if (!target.starts_with('/')) return false;
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!is_in(kTargetCharacter, target[i])) return false;
    if (target[i] != '%') continue;
    if (i + 2 >= target.size() || !is_in(kHexDigit, target[i + 1]) || !is_in(kHexDigit, target[i + 2])) return false;
  }
  return true;
}

bool is_host(std::string_view host) {
  if (host.starts_with('[')) {  // IP-literal; what is inside need not be a real address
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const std::string_view address = host.substr(1, end - 1);
    if (address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    host.remove_prefix(end + 1);
  } else {
    const std::size_t end = std::min(host.find(':'), host.size());
    if (end == 0 || !all_in(kHostCharacter, host.substr(0, end))) return false;
    host.remove_prefix(end);
  }
  if (host.empty()) return true;
  if (host.front() != ':' || host.size() < 2 || host.size() > 6) return false;
  unsigned port = 0;
  const auto [end, error] = std::from_chars(host.data() + 1, host.data() + host.size(), port);
  return error == std::errc() && end == host.data() + host.size() && port >= 1 && port <= 65535;
}

Parsed<std::pair<std::string_view, std::string_view>> parse_header_line(std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t')) return refuse(400, "a header line is folded");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return refuse(400, "a header line has no colon");
  // A space before the colon is not a token character: RFC 9112, section 5.1 demands 400.
  if (!is_token(line.substr(0, colon))) return refuse(400, "a header name is malformed");
  const std::string_view value = trim(line.substr(colon + 1));
  if (!is_field_text(value)) return refuse(400, "a header value has a control character");
  return std::pair(line.substr(0, colon), value);
}

Parsed<std::size_t> find_head_end(std::string_view bytes, std::size_t scanned, const HeadLimits& limits) {
  if (bytes.empty()) return std::size_t{0};
  if (!is_in(kTokenCharacter, bytes.front())) return refuse(400, "this is not an HTTP request");
  const std::string_view window = bytes.substr(0, limits.head_bytes_max);
  for (std::size_t i = window.find('\n', scanned); i != std::string_view::npos; i = window.find('\n', i + 1)) {
    if (window[i - 1] != '\r') return refuse(400, "a line ends with a bare LF");
    if (i >= 3 && window[i - 2] == '\n') return i + 1;
  }
  const std::string_view fresh = window.substr(std::min(scanned, window.size()));
  if (std::any_of(fresh.begin(), fresh.end(), is_never_in_head)) return refuse(400, "the head has a control character");
  if (bytes.size() < limits.head_bytes_max) return std::size_t{0};
  if (window.find('\n') == std::string_view::npos) return refuse(414, "the request line is too long");
  return refuse(431, "the headers are too large");
}

Parsed<void> RequestHead::read(std::string_view head, const HeadLimits& limits) {
  HeaderLines storage = std::move(headers);
  storage.clear();
  *this = RequestHead();
  headers = std::move(storage);
  if (!head.ends_with("\r\n\r\n")) return refuse(400, "the head has no end");
  const std::size_t line_end = head.find("\r\n");
  Seen seen;
  if (auto line = read_request_line(head.substr(0, line_end), limits, seen, *this); !line) return line;
  const std::string_view lines = head.substr(line_end + 2, head.size() - line_end - 4);
  if (auto read = read_header_lines(lines, limits, seen, *this); !read) return read;
  if (auto host = check_host(seen); !host) return host;
  if (auto framing = read_framing(seen, *this); !framing) return framing;
  if (seen.http_1_0) keep_alive = false;
  return read_expectation(seen, *this);
}

}  // namespace mibun::http
