#pragma once

#include <sys/types.h>

namespace mibun::cli {

// Resident memory of a process, in MB; 0 when there is no such process.
double resident_megabytes(pid_t pid);

}  // namespace mibun::cli
