#include "bench/pinning.h"

#include <sched.h>

#include <vector>

namespace mibun::bench {
namespace {

// Before anybody was pinned.
std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace

Cpus two_cpus() {
  static const std::vector<int> cpus = allowed_cpus();
  return {cpus.front(), cpus.back()};
}

void run_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  (void)::sched_setaffinity(0, sizeof set, &set);
}

void run_when_idle() {
  const sched_param none{};
  (void)sched_setscheduler(0, SCHED_IDLE, &none);  // of this thread alone
}

}  // namespace mibun::bench
