#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "platform/http/router.h"
#include "platform/http/server.h"
#include "server/clock/watch.h"

namespace mibun::server {

// What a route does while the clock is not trusted.
enum class UntrustedClock {
  goes_on,  // reads, and what makes things safer: stopping an account, revoking
  stops,    // it issues, verifies or signs, or hands out what is good until a time: 503 clock_untrusted
  repeats   // it answers with something signed that everybody may have: what it answered last, or 503
};
UntrustedClock under_untrusted_clock(std::string_view method, std::string_view pattern);

// Stands around the handlers of a router (Router::set_around).
class ClockGate {
 public:
  explicit ClockGate(ClockWatch& watch) : watch_(watch) {}

  // From any thread.
  http::ServerResponse around(const http::Route& route, const http::ServerRequest& request,
                              const std::function<http::ServerResponse()>& run);

 private:
  http::ServerResponse repeat(const http::ServerRequest& request);
  ClockWatch& watch_;
  std::mutex mutex_;
  std::map<std::string, http::ServerResponse, std::less<>> signed_;  // by target
};

}  // namespace mibun::server
