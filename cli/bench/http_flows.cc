#include "cli/bench/http_flows.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "bench/pinning.h"
#include "bench/raw_limit.h"
#include "bench/rounds.h"
#include "bench/tls_connection.h"
#include "cli/bench/durable_deed.h"
#include "core/codecs/url.h"

namespace mibun::cli {
namespace {

constexpr milliseconds kRawTurn{100};
constexpr std::size_t kTimed = 0;  // the person whose answers are timed

// CPU seconds that the crypto library alone needs for these operations.
Result<double> raw_seconds(bench::RawLimit& raw, const RawOperations& operations) {
  const auto done = [](bool worked) { return worked ? Status{} : Status(fail(ErrorCode::crypto_failure, "raw")); };
  MIBUN_TRY(const double pairs, bench::rate(kRawTurn, [&] { return done(raw.verify_two()); }));
  MIBUN_TRY(const double signatures, bench::rate(kRawTurn, [&] { return done(raw.sign_one()); }));
  return operations.verifications / (2 * pairs) + operations.signatures / signatures;
}

double at_percentile(const std::vector<double>& sorted, double share) {
  const auto place = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(place, 1, sorted.size()) - 1];
}

// Each person on a thread of their own, until `flows` were begun or one failed. `enter(person)` comes first on each
// thread, `wait(i)` before flow `i`.
template <class Enter, class Wait>
Status run_flows(FlowWorld& world, Flow flow, int flows, Enter&& enter, Wait&& wait) {
  std::atomic<int> begun{0};
  std::atomic<bool> broken{false};
  std::vector<Status> outcomes(world.people().size());
  const auto act = [&](std::size_t who) {
    enter(who);
    for (int next = begun++; next < flows && !broken; next = begun++) {
      wait(next);
      outcomes[who] = (world.people()[who].*flow)();
      if (!outcomes[who]) broken = true;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::size_t who = 0; who < outcomes.size(); ++who) threads.emplace_back(act, who);
  }
  for (Status& outcome : outcomes) MIBUN_CHECK(outcome);
  return {};
}

}  // namespace

Result<FlowShares> measure_flow(FlowWorld& world, const RawOperations& operations, Flow flow, int rounds, int flows) {
  const auto at_once = [](int) {};
  const auto alike = [](std::size_t) {};
  bench::RawLimit raw;
  std::vector<FlowShare> shares;
  MIBUN_CHECK(
      run_flows(world, flow, 2 * static_cast<int>(world.people().size()), alike, at_once));  // connections, caches
  for (int round = 0; round < rounds; ++round) {
    MIBUN_TRY(const double raw_time, raw_seconds(raw, operations));
    const double before = world.server_cpu_seconds();
    MIBUN_CHECK(run_flows(world, flow, flows, alike, at_once));
    const double spent = world.server_cpu_seconds() - before;
    if (spent <= 0) return fail(ErrorCode::internal_error, "bench http", "the server's CPU time cannot be read");
    FlowShare share;
    share.flows_per_cpu_second = flows / spent;
    share.raw_flows_per_cpu_second = 1 / raw_time;
    share.ratio = share.flows_per_cpu_second / share.raw_flows_per_cpu_second;
    shares.push_back(share);
  }
  if (shares.empty()) return fail(ErrorCode::invalid_argument, "rounds");
  std::ranges::sort(shares, {}, &FlowShare::ratio);
  return FlowShares{shares.front(), shares[shares.size() / 2], shares.back()};
}

Result<FlowFloor> measure_floor(FlowWorld& world, const RawOperations& operations, int answers) {
  bench::RawLimit raw;
  MIBUN_TRY(const double raw_time, raw_seconds(raw, operations));
  MIBUN_TRY(const double agreements, bench::rate(kRawTurn, [&] {
              return raw.agree_afresh() ? Status() : Status(fail(ErrorCode::crypto_failure, "raw"));
            }));
  const auto at_once = [](int) {};
  const auto alike = [](std::size_t) {};
  MIBUN_CHECK(run_flows(world, &Counterpart::look_once, 2 * static_cast<int>(world.people().size()), alike, at_once));
  const double before = world.server_cpu_seconds();
  MIBUN_CHECK(run_flows(world, &Counterpart::look_once, answers, alike, at_once));
  const double answer = (world.server_cpu_seconds() - before) / answers;
  FlowFloor floor{.raw_ms = raw_time * 1000,
                  .agreements_ms = operations.agreements / agreements * 1000,
                  .answers_ms = operations.answers * answer * 1000};
  MIBUN_TRY(const double deed, durable_deed_seconds(world.folder() + "/floor", static_cast<int>(world.people().size()),
                                                    std::max(answers / 10, 1)));
  floor.durable_ms = operations.deeds * deed * 1000;
  const double in_memory = floor.raw_ms + floor.agreements_ms + floor.answers_ms;
  floor.in_memory = floor.raw_ms / in_memory;
  floor.ratio = floor.raw_ms / (in_memory + floor.durable_ms);
  return floor;
}

namespace {

Result<Latency> measure_half_load(FlowWorld& world, double flows_per_cpu_second, int flows) {
  using Clock = std::chrono::steady_clock;
  const std::chrono::duration<double> interval(2 / flows_per_cpu_second);
  (void)world.take_answer_times(kTimed);
  const double before = world.server_cpu_seconds();
  const auto begin = Clock::now();
  const auto give_way = [](std::size_t who) {
    if (who != kTimed) bench::run_when_idle();
  };
  MIBUN_CHECK(run_flows(world, &Counterpart::present_once, flows, give_way, [&](int i) {
    std::this_thread::sleep_until(begin + std::chrono::duration_cast<Clock::duration>(interval * i));
  }));
  const std::chrono::duration<double> took = Clock::now() - begin;
  const double spent = world.server_cpu_seconds() - before;
  std::vector<double> times = world.take_answer_times(kTimed);
  if (times.empty()) return fail(ErrorCode::internal_error, "bench http", "no answers");
  std::ranges::sort(times);
  return Latency{.p50_ms = at_percentile(times, 0.5) * 1000,
                 .p99_ms = at_percentile(times, 0.99) * 1000,
                 .max_ms = times.back() * 1000,
                 .flows_per_second = flows / took.count(),
                 .server_cpu = spent / took.count(),
                 .answers = times.size()};
}

}  // namespace

Result<Latencies> measure_half_load(FlowWorld& world, double flows_per_cpu_second, int rounds, int flows) {
  std::vector<Latency> all;
  for (int round = 0; round < rounds; ++round) {
    MIBUN_TRY(all.emplace_back(), measure_half_load(world, flows_per_cpu_second, flows));
  }
  if (all.empty()) return fail(ErrorCode::invalid_argument, "rounds");
  std::ranges::sort(all, {}, &Latency::p99_ms);
  return Latencies{all.front(), all[all.size() / 2], all.back()};
}

Result<IdleCost> measure_idle(FlowWorld& world, std::size_t connections) {
  MIBUN_TRY(const HttpsUrl origin, HttpsUrl::parse(world.origin()));
  const bench::TlsTrust trust(world.trust_pem());
  std::vector<bench::TlsConnection> idle;
  idle.reserve(connections);
  const double before = world.server_memory_mb();
  for (std::size_t i = 0; i < connections; ++i) {
    idle.emplace_back(trust, origin.port());
    if (!idle.back().is_open()) return fail(ErrorCode::http_connect_failed, "idle", std::to_string(i));
  }
  IdleCost cost;
  const double grown = world.server_memory_mb() - before;
  for (const bench::TlsConnection& connection : idle) cost.open += connection.is_alive() ? 1U : 0U;
  if (cost.open > 0) cost.megabytes = grown / static_cast<double>(cost.open) * 10'000;
  return cost;
}

}  // namespace mibun::cli
