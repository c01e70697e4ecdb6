#include "core/codecs/url.h"

#include <algorithm>
#include <array>

#include "core/codecs/utf8.h"

namespace mibun {
namespace {

constexpr std::size_t kUrlBytesMax = 4096;
constexpr std::string_view kScheme = "https://";

std::unexpected<Error> malformed(std::string detail) {
  return fail(ErrorCode::url_malformed, "url", std::move(detail));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(by, begin);
    parts.push_back(text.substr(begin, end - begin));
    if (end == std::string_view::npos) return parts;
    begin = end + 1;
  }
}

// 0..max without leading zeros.
std::optional<unsigned> small_number(std::string_view text, unsigned max) {
  if (!all_digits(text) || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  if (value > max) return std::nullopt;
  return value;
}

bool is_ipv4(std::string_view host) {
  const auto parts = split(host, '.');
  return parts.size() == 4 &&
         std::ranges::all_of(parts, [](std::string_view part) { return small_number(part, 255).has_value(); });
}

bool is_hex_group(std::string_view group) {
  return !group.empty() && group.size() <= 4 && std::ranges::all_of(group, is_hex);
}

// RFC 4291, section 2.2, without an embedded IPv4 address and without a zone.
bool is_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto groups = split(text, ':');
    return groups.size() == 8 && std::ranges::all_of(groups, is_hex_group);
  }
  if (text.find("::", gap + 1) != std::string_view::npos) return false;
  std::size_t count = 0;
  for (const std::string_view side : {text.substr(0, gap), text.substr(gap + 2)}) {
    if (side.empty()) continue;
    const auto groups = split(side, ':');
    if (!std::ranges::all_of(groups, is_hex_group)) return false;
    count += groups.size();
  }
  return count <= 7;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_alpha(c) || is_digit(c) || c == '-' || c == '_'; });
}

// A name whose last label looks like a number is read as an address by browsers and resolvers (127.1, 0x7f.1): only
// the plain dotted form passes.
bool is_name(std::string_view host) {
  if (host.size() > 253) return false;
  const auto labels = split(host, '.');
  const std::string_view last = labels.back();
  if (all_digits(last) || last.starts_with("0x") || last.starts_with("0X")) return is_ipv4(host);
  return std::ranges::all_of(labels, is_label);
}

bool is_url_character(char c) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@/?%";
  return is_alpha(c) || is_digit(c) || kOthers.find(c) != std::string_view::npos;
}

bool escapes_are_whole(std::string_view text) {
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
    if (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
  }
  return true;
}

// "." and "..", also as %2e: whoever removes them would read another path than we did.
bool is_dot_segment(std::string_view segment) {
  std::string plain;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '%' && to_lower(segment.substr(i, 3)) == "%2e") {
      plain += '.';
      i += 2;
    } else {
      plain += segment[i];
    }
  }
  return plain == "." || plain == "..";
}

struct Authority {
  std::string host;
  std::uint16_t port;
};

Result<Authority> parse_authority(std::string_view text) {
  std::size_t host_size = text.find(':');
  const bool bracketed = text.starts_with('[');
  if (bracketed) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return malformed("a bad IPv6 address");
    host_size = end + 1;
  }
  const std::string_view host = text.substr(0, host_size);
  if (!bracketed && !is_name(host)) return malformed("a bad host");
  const std::string_view rest = text.substr(host.size());
  if (rest.empty()) return Authority{to_lower(host), 443};
  const auto port = rest.starts_with(':') ? small_number(rest.substr(1), 65535) : std::nullopt;
  if (!port || *port == 0) return malformed("a bad port");
  return Authority{to_lower(host), static_cast<std::uint16_t>(*port)};
}

bool has_other_scheme(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || !is_alpha(text[0])) return false;
  const std::string_view scheme = text.substr(0, colon);
  return to_lower(scheme) != "https" && std::ranges::all_of(scheme, [](char c) {
           return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

}  // namespace

Result<HttpsUrl> HttpsUrl::parse(std::string_view text) {
  if (text.size() > kUrlBytesMax) return malformed("too long");
  if (!text.starts_with(kScheme)) {
    if (has_other_scheme(text)) return fail(ErrorCode::url_not_https, "url", "only https is allowed");
    return malformed("it must begin with https://");
  }
  const std::string_view rest = text.substr(kScheme.size());
  const std::string_view authority_text = rest.substr(0, rest.find_first_of("/?#\\"));
  const std::string_view target = rest.substr(authority_text.size());
  if (!std::ranges::all_of(target, is_url_character)) return malformed("a character that must be escaped");
  if (!escapes_are_whole(target)) return malformed("a broken escape");
  MIBUN_TRY(Authority authority, parse_authority(authority_text));

  HttpsUrl url;
  url.text_ = std::string(text);
  url.host_ = std::move(authority.host);
  url.port_ = authority.port;
  const std::size_t question = target.find('?');
  url.path_ = std::string(target.substr(0, question));
  if (url.path_.empty()) url.path_ = "/";
  if (question != std::string_view::npos) url.query_ = std::string(target.substr(question + 1));
  if (std::ranges::any_of(split(url.path_, '/'), is_dot_segment)) return malformed("dot segments are not allowed");
  return url;
}

std::string HttpsUrl::origin() const {
  std::string out = std::string(kScheme) + host_;
  if (port_ != 443) out += ":" + std::to_string(port_);
  return out;
}

std::string HttpsUrl::without_query() const {
  return origin() + path_;
}

namespace form {
namespace {

std::unexpected<Error> bad_form(std::string detail) {
  return fail(ErrorCode::form_malformed, {}, std::move(detail));
}

unsigned hex_digit(char c) {
  if (is_digit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

// Bytes that stand for themselves: printable ASCII but "+" and "%".
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = '!'; c <= '~'; ++c) plain[c] = c != '+' && c != '%';
  return plain;
}();

std::size_t plain_run(std::string_view text) {
  const auto plain = [&](std::size_t i) { return kPlain[static_cast<unsigned char>(text[i])]; };
  std::size_t i = 0;
  while (text.size() - i >= 4 && plain(i) && plain(i + 1) && plain(i + 2) && plain(i + 3)) i += 4;
  while (i < text.size() && plain(i)) ++i;
  return i;
}

// A presentation is some kilobytes of plain bytes with a few escapes between: it is copied run by run.
Result<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (;;) {
    const std::size_t run = plain_run(text);
    out.append(text.substr(0, run));
    if (run == text.size()) break;
    text.remove_prefix(run);
    if (text[0] == '+') {
      out += ' ';
      text.remove_prefix(1);
      continue;
    }
    if (text[0] != '%') return bad_form("a byte that must be escaped");
    if (text.size() < 3 || !is_hex(text[1]) || !is_hex(text[2])) return bad_form("a broken escape");
    out += static_cast<char>(hex_digit(text[1]) << 4 | hex_digit(text[2]));
    text.remove_prefix(3);
  }
  if (!utf8::is_valid(out)) return bad_form("not UTF-8");
  return out;
}

}  // namespace

std::string escape(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '*') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string encode(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += escape(name) + "=" + escape(value);
  }
  return out;
}

Result<Fields> Fields::parse(std::string_view text, std::size_t fields_max) {
  Fields fields;
  if (text.empty()) return fields;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('&', begin), text.size());
    const std::string_view pair = text.substr(begin, end - begin);
    begin = end + 1;
    const std::size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string_view::npos) return bad_form("a field needs a name and \"=\"");
    if (fields.fields_.size() == fields_max) return bad_form("too many fields");
    MIBUN_TRY(std::string name, unescape(pair.substr(0, equals)));
    MIBUN_TRY(std::string value, unescape(pair.substr(equals + 1)));
    if (!fields.fields_.emplace(std::move(name), std::move(value)).second) {
      return fail(ErrorCode::form_duplicate_field);
    }
  }
  return fields;
}

std::optional<std::string_view> Fields::find(std::string_view name) const {
  const auto it = fields_.find(name);
  if (it == fields_.end()) return std::nullopt;
  return it->second;
}

Result<std::string_view> Fields::get(std::string_view name) const {
  if (const auto value = find(name)) return *value;
  return fail(ErrorCode::form_missing_field, std::string(name));
}

}  // namespace form
}  // namespace mibun
