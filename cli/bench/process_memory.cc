#include "cli/bench/process_memory.h"

#include <fstream>
#include <string>

namespace mibun::cli {

// "VmRSS:     12345 kB"
double resident_megabytes(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string word;
  while (status >> word) {
    if (word != "VmRSS:") continue;
    double kilobytes = 0;
    status >> kilobytes;
    return kilobytes / 1024;
  }
  return 0;
}

}  // namespace mibun::cli
