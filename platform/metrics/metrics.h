#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

// Counters and latencies for /metrics (Prometheus text format). Label sets are bounded: route patterns and status only.
namespace mibun::metrics {

class Metrics {
 public:
  Metrics();
  ~Metrics();
  void request_done(std::string_view route_pattern, int status, std::chrono::microseconds took);
  void count(std::string_view event);   // e.g. "presentation_verified"; names from code only
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::metrics
