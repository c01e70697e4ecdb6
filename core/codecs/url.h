#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace mibun {

// An https URL (RFC 3986), strict: https only, lower-cased host, no user info, no fragment unless allowed, no
// backslash, no control characters, no dot segments. Loopback http is not a case of its own: we always speak TLS.
class HttpsUrl {
 public:
  // Errors: url_malformed, url_not_https.
  static Result<HttpsUrl> parse(std::string_view text);

  const std::string& host() const { return host_; }    // "localhost", "127.0.0.1", "[::1]"
  std::uint16_t port() const { return port_; }         // 443 when absent
  const std::string& path() const { return path_; }    // begins with "/"
  const std::string& query() const { return query_; }  // without "?", empty when absent
  const std::string& text() const { return text_; }    // as it arrived
  // "https://host[:port]", the default port left out: RFC 6454.
  std::string origin() const;
  // Scheme, host, port and path: RFC 9449, section 4.3 compares htu without query and fragment.
  std::string without_query() const;

 private:
  std::string text_, host_, path_, query_;
  std::uint16_t port_ = 443;
};

namespace form {

// Percent-encoding with "+" for space (application/x-www-form-urlencoded).
std::string escape(std::string_view text);
std::string encode(const std::vector<std::pair<std::string, std::string>>& fields);

// A body or a query. Errors: form_malformed (bad escape, bad UTF-8, too many fields), form_duplicate_field.
class Fields {
 public:
  static Result<Fields> parse(std::string_view text, std::size_t fields_max = 64);
  std::optional<std::string_view> find(std::string_view name) const;
  Result<std::string_view> get(std::string_view name) const;  // form_missing_field
  const std::map<std::string, std::string, std::less<>>& all() const { return fields_; }

 private:
  std::map<std::string, std::string, std::less<>> fields_;
};

}  // namespace form
}  // namespace mibun
