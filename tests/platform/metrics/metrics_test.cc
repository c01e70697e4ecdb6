#include "platform/metrics/metrics.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>
#include <vector>

using namespace mibun;
using std::chrono::microseconds;

namespace {

bool has_line(const metrics::Metrics& metrics, const std::string& line) {
  return ("\n" + metrics.text()).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("requests are counted by route and status, with their time") {
  metrics::Metrics metrics;
  metrics.request_done("/api/v1/x/{id}", 200, microseconds(700));
  metrics.request_done("/api/v1/x/{id}", 200, microseconds(300'000));
  metrics.request_done("/api/v1/x/{id}", 404, microseconds(20'000'000));
  CHECK(has_line(metrics, "# TYPE mibun_http_requests_total counter"));
  CHECK(has_line(metrics, R"(mibun_http_requests_total{route="/api/v1/x/{id}",status="200"} 2)"));
  CHECK(has_line(metrics, R"(mibun_http_requests_total{route="/api/v1/x/{id}",status="404"} 1)"));
  CHECK(has_line(metrics, "# TYPE mibun_http_request_duration_seconds histogram"));
  CHECK(has_line(metrics, R"(mibun_http_request_duration_seconds_bucket{route="/api/v1/x/{id}",le="0.0005"} 0)"));
  CHECK(has_line(metrics, R"(mibun_http_request_duration_seconds_bucket{route="/api/v1/x/{id}",le="0.001"} 1)"));
  CHECK(has_line(metrics, R"(mibun_http_request_duration_seconds_bucket{route="/api/v1/x/{id}",le="10"} 2)"));
  CHECK(has_line(metrics, R"(mibun_http_request_duration_seconds_bucket{route="/api/v1/x/{id}",le="+Inf"} 3)"));
  CHECK(has_line(metrics, R"(mibun_http_request_duration_seconds_count{route="/api/v1/x/{id}"} 3)"));
}

TEST_CASE("events are counted by name; two Metrics know nothing of each other") {
  metrics::Metrics metrics;
  const metrics::Metrics other;
  metrics.count("presentation_verified");
  metrics.count("presentation_verified");
  metrics.count("presentation_refused");
  CHECK(has_line(metrics, R"(mibun_events_total{event="presentation_verified"} 2)"));
  CHECK(has_line(metrics, R"(mibun_events_total{event="presentation_refused"} 1)"));
  CHECK(other.text().find("presentation") == std::string::npos);
}

TEST_CASE("label values cannot break out of their line") {
  metrics::Metrics metrics;
  metrics.count("a\"} 1\nforged_total 7 # \\");
  const std::string text = metrics.text();
  CHECK(text.find("\nforged_total") == std::string::npos);
  CHECK(text.find(R"(event="a\"} 1\nforged_total 7 # \\")") != std::string::npos);
}

TEST_CASE("a mistake in the labels makes no series for every visitor") {
  metrics::Metrics metrics;
  for (int i = 0; i < 5000; ++i) {
    metrics.request_done("/x/" + std::to_string(i), 200, microseconds(1));
    metrics.count("event_" + std::to_string(i));
  }
  metrics.request_done("/x/1", -7, microseconds(1));
  const std::string text = metrics.text();
  CHECK(std::ranges::count(text, '\n') < 512 * 20);
  CHECK(has_line(metrics, R"(mibun_events_total{event="other"} 4488)"));
  CHECK(has_line(metrics, R"(mibun_events_total{event="event_511"} 1)"));
  CHECK(text.find("event_512") == std::string::npos);
  CHECK(has_line(metrics, R"(mibun_http_requests_total{route="other",status="other"} 4489)"));
}

TEST_CASE("counts of several threads add up") {
  metrics::Metrics metrics;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        metrics.count("event_" + std::to_string(i % 10));
        metrics.request_done("/x", 200 + i % 5, microseconds(i));
        if (i % 1000 == 0) static_cast<void>(metrics.text());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 10; ++i) {
    CHECK(has_line(metrics, "mibun_events_total{event=\"event_" + std::to_string(i) + "\"} 2000"));
  }
  CHECK(has_line(metrics, R"(mibun_http_request_duration_seconds_count{route="/x"} 20000)"));
}
