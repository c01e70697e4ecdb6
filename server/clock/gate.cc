#include "server/clock/gate.h"

#include <algorithm>

#include "server/api/problem.h"

namespace mibun::server {
namespace {

constexpr std::size_t kRepeatedMax = 256;
constexpr std::string_view kRetryAfterSeconds = "60";

struct Place {
  std::string_view method, pattern;
};

constexpr Place kStops[] = {
    // Grants, tokens and the nonces of both: good until a time.
    {"POST", "/oauth/par"},
    {"GET", "/oauth/authorize"},
    {"POST", "/api/v1/authorizations/{id}/approval"},
    {"POST", "/oauth/token"},
    {"POST", "/oauth/challenge"},
    {"POST", "/oid4vci/nonce"},
    // What is vouched for.
    {"POST", "/oid4vci/credential"},
    {"POST", "/oid4vci/deferred_credential"},
    {"POST", "/api/v1/wallet/attestations"},
    {"POST", "/api/v1/wallet/key-attestations"},
    {"POST", "/api/v1/staff/partners"},
    {"POST", "/api/v1/partner/readers"},
    // What is believed: passports, decisions and answers are judged by their dates.
    {"POST", "/api/v1/proofing/cases/{id}/submission"},
    {"POST", "/api/v1/staff/cases/{id}/decisions"},
    {"POST", "/api/v1/partner/requests"},
    {"GET", "/oid4vp/requests/{id}"},
    {"POST", "/oid4vp/requests/{id}"},
    {"POST", "/oid4vp/responses/{id}"},
    {"POST", "/oid4vp/partners/{id}/responses"},
    {"POST", "/api/v1/partner/requests/{id}/answer"},
    {"POST", "/api/v1/deletion-requests"},
    // Its receipt says when.
    {"DELETE", "/api/v1/account"},
};

constexpr Place kRepeats[] = {
    {"GET", "/status/{id}"},
    {"GET", "/.well-known/mibun-iaca.crl"},
    {"GET", "/.well-known/mibun-iaca-crl/{root}"},
    {"GET", "/.well-known/mibun-issuer.crl"},
    {"GET", "/.well-known/mibun-issuer-crl/{root}"},
    {"GET", "/.well-known/mibun-readers.crl"},
    {"GET", "/.well-known/mibun-readers-crl/{root}"},
};

template <std::size_t N>
bool has(const Place (&places)[N], std::string_view method, std::string_view pattern) {
  return std::ranges::any_of(places,
                             [&](const Place& place) { return place.method == method && place.pattern == pattern; });
}

ServerResponse untrusted(const ServerRequest& request) {
  ServerResponse response = refuse({ErrorCode::clock_untrusted, "clock", {}}, request);
  for (HttpHeader& header : response.headers) {
    if (header.name == "Retry-After") header.value = kRetryAfterSeconds;
  }
  return response;
}

}  // namespace

UntrustedClock under_untrusted_clock(std::string_view method, std::string_view pattern) {
  if (has(kStops, method, pattern)) return UntrustedClock::stops;
  return has(kRepeats, method, pattern) ? UntrustedClock::repeats : UntrustedClock::goes_on;
}

ServerResponse ClockGate::repeat(const ServerRequest& request) {
  const std::lock_guard lock(mutex_);
  const auto kept = signed_.find(request.target);
  return kept == signed_.end() ? untrusted(request) : kept->second;
}

ServerResponse ClockGate::around(const http::Route& route, const ServerRequest& request,
                                 const std::function<ServerResponse()>& run) {
  const bool trusted = watch_.look().is_trusted();
  const UntrustedClock rule = under_untrusted_clock(route.method, route.pattern);
  if (rule == UntrustedClock::goes_on) return run();
  if (!trusted) return rule == UntrustedClock::repeats ? repeat(request) : untrusted(request);
  ServerResponse response = run();
  if (rule == UntrustedClock::repeats && response.status == 200) {
    const std::lock_guard lock(mutex_);
    if (signed_.size() < kRepeatedMax || signed_.contains(request.target)) {
      signed_.insert_or_assign(std::string(request.target), response);
    }
  }
  return response;
}

}  // namespace mibun::server
