#pragma once

#include "core/base/result.h"

namespace mibun::sandbox {

// From now on, for all threads and for good, this process can use the files it may open, the sockets it has, memory,
// threads and clocks, and nothing else of the kernel: no new socket, no connection, no other program or process, no
// debugging, no new code in memory. Whatever is not on the list fails with EPERM (seccomp, allow-list).
// Errors: unavailable (this kernel cannot).
Status allow_files_only();

}  // namespace mibun::sandbox
