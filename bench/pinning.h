#pragma once

namespace mibun::bench {

// Two CPUs that this process may use; the same one twice when there is only one.
struct Cpus {
  int server = 0, client = 0;
};
Cpus two_cpus();

// This thread, and whatever it starts from now on, runs on `cpu` alone.
void run_on(int cpu);

// This thread runs when nobody else on its CPU wants to (SCHED_IDLE), from now on.
void run_when_idle();

}  // namespace mibun::bench
