#include "cli/bench/http_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/http_bench.h"
#include "cli/bench/http_flows.h"
#include "cli/terminal/terminal.h"
#include "core/codecs/json.h"
#include "core/crypto/hash.h"

namespace mibun::cli {
namespace {

struct HttpBenchOptions {
  int rounds = 9, flows = 200, people = 16;
  std::size_t idle = 9'900;        // the server takes 10,000, and some are in use
  std::vector<std::string> parts;  // none: all of kParts
  bool as_json = false, tiny = false;

  bool wants(std::string_view part) const { return parts.empty() || std::ranges::find(parts, part) != parts.end(); }
};

// What can be measured by itself, so that a profile shows one thing.
constexpr std::string_view kEndpoint = "endpoint", kPresenting = "presentation", kIssuing = "issuance",
                           kFloor = "floor", kHalfLoad = "latency", kIdleOnes = "idle";

struct Row {
  std::string name;
  double min = 0, median = 0, max = 0;
  double goal = 0;
  bool at_least = true;
  std::string unit;
  bool reached() const { return at_least ? median >= goal : median <= goal; }
};

struct Report {
  std::vector<Row> rows;
  std::optional<FlowShares> presentation, issuance;
  std::optional<FlowFloor> presentation_floor, issuance_floor;
  std::optional<Latencies> latency;
  std::optional<IdleCost> idle;
};

template <class Shares>
Row row_of(std::string name, const Shares& shares, double goal) {
  return {std::move(name), shares.min.ratio, shares.median.ratio, shares.max.ratio, goal, true, ""};
}
Row row_of(std::string name, double value, double goal, std::string unit) {
  return {std::move(name), value, value, value, goal, false, std::move(unit)};
}

Status measure_endpoint(const HttpBenchOptions& options, Report& report) {
  const milliseconds turn(options.tiny ? 50 : 250);
  MIBUN_TRY(const auto plain, bench::measure_http_shares(bench::Transport::plain, options.rounds, turn));
  report.rows.push_back(row_of("verification_plain_share", plain, 0.80));
  MIBUN_TRY(const auto tls, bench::measure_http_shares(bench::Transport::tls, options.rounds, turn));
  report.rows.push_back(row_of("verification_tls_share", tls, 0.75));
  return {};
}

Status measure_flows(const HttpBenchOptions& options, Report& report) {
  MIBUN_TRY(const auto world, FlowWorld::open(options.people));
  // Half load is half of what the presentations reach, so they come first for it, too.
  if (options.wants(kPresenting) || options.wants(kHalfLoad)) {
    MIBUN_TRY(report.presentation,
              measure_flow(*world, kPresentation, &Counterpart::present_once, options.rounds, options.flows));
    report.rows.push_back(row_of("presentation_flow_share", *report.presentation, 0.55));
  }
  if (options.wants(kIssuing)) {
    MIBUN_TRY(report.issuance, measure_flow(*world, kIssuance, &Counterpart::issue_once, options.rounds,
                                            std::max(options.flows / 5, 1)));
    report.rows.push_back(row_of("issuance_flow_share", *report.issuance, 0.60));
  }
  if (options.wants(kFloor)) {
    const int answers = 20 * options.flows;
    MIBUN_TRY(report.presentation_floor, measure_floor(*world, kPresentation, answers));
    MIBUN_TRY(report.issuance_floor, measure_floor(*world, kIssuance, answers));
  }
  if (options.wants(kHalfLoad)) {
    // As many rounds as leave enough answers in each for its 99th of 100.
    const int rounds = std::max(options.rounds / 3, 1);
    MIBUN_TRY(report.latency, measure_half_load(*world, report.presentation->median.flows_per_cpu_second, rounds,
                                                4 * options.flows * options.rounds / rounds));
    const Latencies& all = *report.latency;
    report.rows.push_back({"p99_at_half_load", all.min.p99_ms, all.median.p99_ms, all.max.p99_ms, 10, false, "ms"});
  }
  if (options.wants(kIdleOnes)) {
    MIBUN_TRY(report.idle, measure_idle(*world, options.idle));
    report.rows.push_back(row_of("idle_10000_connections", report.idle->megabytes, 400, "MB"));
  }
  return {};
}

Result<Report> measure(const HttpBenchOptions& options) {
  Report report;
  if (options.wants(kEndpoint)) MIBUN_CHECK(measure_endpoint(options, report));
  const auto flows = {kPresenting, kIssuing, kFloor, kHalfLoad, kIdleOnes};
  if (std::ranges::any_of(flows, [&](std::string_view part) { return options.wants(part); })) {
    MIBUN_CHECK(measure_flows(options, report));
  }
  return report;
}

void show(const Terminal& terminal, const Row& row) {
  std::array<char, 200> line{};
  std::snprintf(line.data(), line.size(), "  %-28s min %8.3f  median %8.3f  max %8.3f %s   (%s %.2f)", row.name.c_str(),
                row.min, row.median, row.max, row.unit.c_str(), row.at_least ? ">=" : "<=", row.goal);
  terminal.line(std::string(line.data()) + "  " + (row.reached() ? terminal.good("✓") : terminal.bad("✗")));
}

std::string counted(const char* name, const RawOperations& operations, const FlowShares& shares) {
  std::array<char, 200> line{};
  std::snprintf(line.data(), line.size(),
                "  %s: %d signatures and %d verifications; %.0f flows per server CPU second, %.0f raw", name,
                operations.signatures, operations.verifications, shares.median.flows_per_cpu_second,
                shares.median.raw_flows_per_cpu_second);
  return line.data();
}

std::string floor_of(const char* name, const FlowFloor& floor) {
  std::array<char, 300> line{};
  std::snprintf(line.data(), line.size(),
                "  %s: %.2f at most, %.2f in memory: operations %.2f ms, agreements %.2f ms, answers that say nothing "
                "%.2f ms, deeds made durable %.2f ms",
                name, floor.ratio, floor.in_memory, floor.raw_ms, floor.agreements_ms, floor.answers_ms,
                floor.durable_ms);
  return line.data();
}

void show(const Terminal& terminal, const Report& report) {
  terminal.line(terminal.bold(terminal.say(
      {"Over HTTP, as shares of the raw P-256 operations in them", "HTTP 越しの速度(含まれる P-256 演算に対する比)"})));
  terminal.line(terminal.dim("  " + crypto::library_version()));
  for (const Row& row : report.rows) show(terminal, row);
  if (report.presentation) terminal.line(terminal.dim(counted("presentation", kPresentation, *report.presentation)));
  if (report.issuance) terminal.line(terminal.dim(counted("issuance", kIssuance, *report.issuance)));
  if (report.presentation_floor) terminal.line(terminal.dim(floor_of("presentation", *report.presentation_floor)));
  if (report.issuance_floor) terminal.line(terminal.dim(floor_of("issuance", *report.issuance_floor)));
  if (report.latency) {
    const Latency& one = report.latency->median;
    std::array<char, 200> line{};
    std::snprintf(
        line.data(), line.size(),
        "  half load: %.0f flows/s, %.2f of the server's CPU, %zu answers in a round, p50 %.2f ms, max %.2f ms",
        one.flows_per_second, one.server_cpu, one.answers, one.p50_ms, one.max_ms);
    terminal.line(terminal.dim(line.data()));
  }
  if (report.idle) terminal.line(terminal.dim("  idle connections held: " + std::to_string(report.idle->open)));
}

std::string as_json(const Report& report) {
  json::Object answer;
  for (const Row& row : report.rows) {
    answer[row.name] = json::Object{{"min", row.min}, {"median", row.median}, {"max", row.max}, {"goal", row.goal}};
  }
  if (report.presentation) {
    answer["presentation_flows_per_cpu_second"] = report.presentation->median.flows_per_cpu_second;
  }
  if (report.issuance) answer["issuance_flows_per_cpu_second"] = report.issuance->median.flows_per_cpu_second;
  const auto tell = [&](const std::string& name, const std::optional<FlowFloor>& floor) {
    if (floor) answer[name] = json::Object{{"at_most", floor->ratio}, {"in_memory", floor->in_memory}};
  };
  tell("presentation_floor", report.presentation_floor);
  tell("issuance_floor", report.issuance_floor);
  answer["crypto_library"] = crypto::library_version();
  return json::serialize(answer);
}

int run(const Terminal& terminal, HttpBenchOptions options) {
  if (options.tiny) {
    options.rounds = 1;
    options.flows = 2;
    options.people = 2;
    options.idle = 20;
  }
  const auto report = measure(options);
  if (!report) return terminal.report(report.error());
  if (options.as_json)
    terminal.line(as_json(*report));
  else
    show(terminal, *report);
  return kExitOk;
}

}  // namespace

void add_http_bench_command(CLI::App& bench, const Terminal& terminal, int& exit_code) {
  auto options = std::make_shared<HttpBenchOptions>();
  CLI::App* command =
      bench.add_subcommand("http", "whole flows against a server on a CPU of its own / サーバーを通した一連の処理");
  command->add_flag("--json", options->as_json, "as JSON");
  command->add_flag("--tiny", options->tiny, "only to see that it runs");
  command->add_option("--rounds", options->rounds, "turns with the crypto library; min, median and max are told")
      ->check(CLI::Range(1, 1000));
  command->add_option("--flows", options->flows, "presentations in a turn")->check(CLI::Range(1, 100'000));
  command->add_option("--people", options->people, "who present or receive at the same time")->check(CLI::Range(1, 64));
  command
      ->add_option("--part", options->parts,
                   "only this (may be given several times): endpoint, presentation, issuance, floor, latency, idle")
      ->check(CLI::IsMember({kEndpoint, kPresenting, kIssuing, kFloor, kHalfLoad, kIdleOnes}));
  command->add_option("--idle", options->idle, "idle connections")->check(CLI::Range(1, 10'000));
  command->callback([=, &terminal, &exit_code] { exit_code = run(terminal, *options); });
}

}  // namespace mibun::cli
