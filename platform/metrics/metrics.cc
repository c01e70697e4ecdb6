#include "platform/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace mibun::metrics {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;

// Label values come from code, so there are few. The bound turns a mistake (a path instead of its pattern) into one
// series named "other" instead of a series for every visitor.
constexpr std::size_t kSeriesMax = 512;
constexpr std::string_view kOther = "other";

const Histogram::BucketBoundaries kSecondsBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                     0.1,    0.25,  0.5,    1,     2.5,  5,     10};

std::string status_text(int status) {
  return status >= 100 && status <= 599 ? std::to_string(status) : "other";
}

// Finds a series by its key, or makes it: prometheus-cpp would compare label maps under one lock each time.
template <class Key, class Metric>
class SeriesTable {
 public:
  template <class Make>
  Metric& find_or_make(const Key& key, const Key& other, const Make& make) {
    {
      const std::shared_lock lock(mutex_);
      if (const auto found = series_.find(key); found != series_.end()) return *found->second;
    }
    const std::unique_lock lock(mutex_);
    const Key& used = series_.size() < kSeriesMax || series_.contains(key) ? key : other;
    Metric*& metric = series_[used];
    if (metric == nullptr) metric = &make(used);
    return *metric;
  }

 private:
  std::shared_mutex mutex_;
  std::map<Key, Metric*> series_;
};

}  // namespace

struct Metrics::Impl {
  using RouteAndStatus = std::pair<std::string, std::string>;

  prometheus::Registry registry;
  prometheus::Family<Counter>& requests = BuildCounter()
                                              .Name("mibun_http_requests_total")
                                              .Help("HTTP requests answered, by route pattern and status.")
                                              .Register(registry);
  prometheus::Family<Histogram>& durations = BuildHistogram()
                                                 .Name("mibun_http_request_duration_seconds")
                                                 .Help("Time from the whole request to the answer, by route pattern.")
                                                 .Register(registry);
  prometheus::Family<Counter>& events =
      BuildCounter().Name("mibun_events_total").Help("What happened, by the event's name.").Register(registry);
  prometheus::Family<Gauge>& states =
      BuildGauge().Name("mibun_state").Help("How something is now, by its name.").Register(registry);
  SeriesTable<RouteAndStatus, Counter> request_series;
  SeriesTable<std::string, Histogram> duration_series;
  SeriesTable<std::string, Counter> event_series;
  SeriesTable<std::string, Gauge> state_series;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::request_done(std::string_view route_pattern, int status, std::chrono::microseconds took) {
  const std::string route(route_pattern);
  const std::string other(kOther);
  impl_->request_series
      .find_or_make({route, status_text(status)}, {other, other},
                    [&](const Impl::RouteAndStatus& key) -> Counter& {
                      return impl_->requests.Add({{"route", key.first}, {"status", key.second}});
                    })
      .Increment();
  impl_->duration_series
      .find_or_make(
          route, other,
          [&](const std::string& key) -> Histogram& { return impl_->durations.Add({{"route", key}}, kSecondsBuckets); })
      .Observe(std::chrono::duration<double>(took).count());
}

void Metrics::count(std::string_view event) {
  impl_->event_series
      .find_or_make(std::string(event), std::string(kOther),
                    [&](const std::string& key) -> Counter& { return impl_->events.Add({{"event", key}}); })
      .Increment();
}

void Metrics::set(std::string_view what, double value) {
  impl_->state_series
      .find_or_make(std::string(what), std::string(kOther),
                    [&](const std::string& key) -> Gauge& { return impl_->states.Add({{"what", key}}); })
      .Set(value);
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace mibun::metrics
