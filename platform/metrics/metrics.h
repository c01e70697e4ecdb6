#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

// Counters and latencies for /metrics (Prometheus text format). Label sets are bounded: route patterns and status only;
// past 512 series the rest counts as "other". Safe for use from several threads.
//   mibun_http_requests_total{route,status}  mibun_http_request_duration_seconds{route}  mibun_events_total{event}
//   mibun_state{what}
namespace mibun::metrics {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  void request_done(std::string_view route_pattern, int status, std::chrono::microseconds took);
  void count(std::string_view event);             // e.g. "presentation_verified"; names from code only
  void set(std::string_view what, double value);  // how something is now, e.g. "log_entries"; names from code only
  std::string text() const;                       // "text/plain; version=0.0.4"

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::metrics
