#include "bench/rounds.h"

#include <sched.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <thread>

namespace mibun::bench {
namespace {

using WallClock = std::chrono::steady_clock;

// The CPUs that this process may use.
std::vector<int> usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<unsigned>(cpu), &set)) cpus.push_back(cpu);
  }
  return cpus;
}

void pin_this_thread(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  sched_setaffinity(0, sizeof set, &set);
}

// Calls per wall-clock second of `works`, each in a thread on a CPU of its own, all begun together.
Result<double> wall_rate(milliseconds turn, const std::vector<Work>& works, const std::vector<int>& cpus) {
  std::atomic<std::size_t> ready{0};
  std::atomic<std::uint64_t> calls{0};
  std::atomic<bool> failed{false};
  const auto run = [&](std::size_t i) {
    pin_this_thread(cpus[i]);
    ++ready;
    while (ready < works.size()) std::this_thread::yield();
    std::uint64_t done = 0;
    for (const auto end = WallClock::now() + turn; WallClock::now() < end; ++done) {
      if (!works[i]()) failed = true;
    }
    calls += done;
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < works.size(); ++i) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
  if (failed) return fail(ErrorCode::internal_error, "work");
  return static_cast<double>(calls) * 1000 / static_cast<double>(turn.count());
}

}  // namespace

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Result<double> measure_two_threads(int rounds, milliseconds turn, const Work& first, const Work& second) {
  const std::vector<int> cpus = usable_cpus();
  if (cpus.size() < 2) return 0;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    MIBUN_TRY(const double one, wall_rate(turn, {first}, cpus));
    MIBUN_TRY(const double other, wall_rate(turn, {second}, {cpus[1]}));
    MIBUN_TRY(const double both, wall_rate(turn, {first, second}, cpus));
    ratios.push_back(both * 2 / (one + other));
  }
  if (ratios.empty()) return fail(ErrorCode::invalid_argument, "rounds");
  std::ranges::sort(ratios);
  return ratios[ratios.size() / 2];
}

}  // namespace mibun::bench
