#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "tests/server/killed/stage.h"

namespace mibun::server {

// How a run's first server ends.
enum class Way {
  killed_at_call,  // kill -9 before a call that writes
  killed_at_once,  // kill -9 at a moment
  power_lost,      // before a call; what was not synced is lost, torn or out of order
  lying_disk,      // the same, and fsync did nothing
};

struct Run {
  std::string wrong;                     // empty: nothing was lost, nothing is half done, and the server works again
  std::string step;                      // "receive: pwrite mibun.db-wal"; empty when it was not at a call
  int deeds = 0;                         // acknowledged before
  std::map<std::string, int> done = {};  // those, by name
  bool cut_off = false;
  std::chrono::milliseconds ready{0};  // the start after the kill
};

// One server's life with deeds chosen by `seed`, its end, and what the next one says and has. `calls`: about how many
// calls such a life has; the end comes at one of them.
Run run_once(Stage& stage, Way way, unsigned seed, long calls);
// How many calls that write a whole life has.
long count_calls(Stage& stage);

}  // namespace mibun::server
