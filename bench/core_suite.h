#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mibun::bench {

// What is to be reached, as a figure of one benchmark.
struct Goal {
  std::string benchmark;  // "verify_sd_jwt_vc_presentation"
  std::string figure;     // "share", "microseconds", "milliseconds", "times"
  double goal = 0;
  bool at_least = true;  // else: at most
};
const std::vector<Goal>& core_goals();

struct CoreRow {
  std::string benchmark, figure;  // figure is empty where the value is in microseconds and has no goal
  double value = 0;
  double goal = 0;
  bool at_least = true;
  double limit = 0;         // the share that what cannot be left out allows; 0: not measured
  double allocations = -1;  // operator new per operation; below 0: not counted
  bool has_goal() const { return goal > 0; }
  bool reached() const { return at_least ? value >= goal : value <= goal; }
};

struct CoreSettings {
  int rounds = 15;                        // of those that take turns with the crypto library; the median counts
  milliseconds turn = milliseconds(100);  // of CPU time
  double seconds_min = 0.3;               // of each of the others
  // Figures of such a run mean nothing: it only shows that everything still runs.
  static CoreSettings tiny() { return {.rounds = 1, .turn = milliseconds(2), .seconds_min = 0.001}; }
};

// All of them with Google Benchmark, one row each. Errors: internal_error (`where` names a benchmark that failed).
Result<std::vector<CoreRow>> run_core_benchmarks(const CoreSettings& settings);
// The same as Google Benchmark's JSON, to standard output: shares, goals and allocations are counters.
Status print_core_benchmarks_as_json(const CoreSettings& settings);

}  // namespace mibun::bench
