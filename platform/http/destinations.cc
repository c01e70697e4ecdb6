#include "platform/http/destinations.h"

#include <algorithm>
#include <array>

namespace mibun::http {
namespace {

constexpr std::uint16_t kPublicPort = 443;

// RFC 6761, RFC 6762, RFC 8375, and what ICANN keeps for use inside networks.
constexpr std::array<std::string_view, 12> kInnerDomains{"localhost", "local",   "localdomain", "internal",
                                                         "intranet",  "private", "corp",        "home",
                                                         "lan",       "arpa",    "test",        "onion"};

std::unexpected<Error> not_allowed(std::string detail) {
  return fail(ErrorCode::http_url_not_allowed, "url", std::move(detail));
}

bool is_literal(std::string_view host) {
  return host.starts_with('[') || IpAddress::parse(host).has_value();
}

bool is_inner_name(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  if (dot == std::string_view::npos) return true;
  return std::ranges::find(kInnerDomains, host.substr(dot + 1)) != kInnerDomains.end();
}

Result<std::string> parse_origin(const std::string& text) {
  MIBUN_TRY(const HttpsUrl url, HttpsUrl::parse(text));
  if (url.path() != "/" || !url.query().empty() || text.find_first_of("/?#", 8) != std::string::npos) {
    return not_allowed("an origin is https://host[:port] and nothing more");
  }
  return url.origin();
}

Result<std::vector<std::string>> parse_origins(const std::vector<std::string>& texts) {
  std::vector<std::string> origins;
  for (const std::string& text : texts) {
    MIBUN_TRY(std::string origin, parse_origin(text));
    origins.push_back(std::move(origin));
  }
  return origins;
}

}  // namespace

Result<Destinations> Destinations::only(const std::vector<std::string>& origins) {
  Destinations destinations;
  MIBUN_TRY(destinations.named_, parse_origins(origins));
  return destinations;
}

Result<Destinations> Destinations::these_and_public(const std::vector<std::string>& origins) {
  MIBUN_TRY(Destinations destinations, only(origins));
  destinations.public_too_ = true;
  return destinations;
}

Result<Destinations::Kind> Destinations::judge(const HttpsUrl& url) const {
  if (std::ranges::find(named_, url.origin()) != named_.end()) return Kind::named;
  if (!public_too_) return not_allowed("not one of the origins that this client is for");
  if (url.port() != kPublicPort) return not_allowed("a port other than 443");
  if (!is_literal(url.host()) && is_inner_name(url.host())) return not_allowed("a name from inside a network");
  return Kind::of_others;
}

Result<PublicAddresses> PublicAddresses::check(std::vector<IpAddress> addresses) {
  if (addresses.empty() || !std::ranges::all_of(addresses, &IpAddress::is_public)) {
    return fail(ErrorCode::http_address_not_allowed, "host", "an address that is not in the public internet");
  }
  return PublicAddresses(std::move(addresses));
}

bool PublicAddresses::contain(const sockaddr& address) const {
  const auto wanted = IpAddress::from(address);
  return wanted && std::ranges::find(addresses_, *wanted) != addresses_.end();
}

}  // namespace mibun::http
