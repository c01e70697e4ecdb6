#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/bytes.h"

// Where something of a person could lie. A new kind of place (an object store) is one more function.
namespace mibun::server {

struct Place {
  std::string name;  // "mibun.db-wal", "memory: [heap]"
  Bytes content;
};
using VisitPlace = std::function<void(const Place&)>;

// Every file below a folder, two at a time, and the names of all. `visit` is called by one thread at a time for each
// file, and must be safe for several. Throws when a file cannot be read: what was not looked at is not clean.
void visit_files(const std::string& folder, const VisitPlace& visit);
// Everything that a process can read: heap, stacks, mapped files, its own code. Returns how many bytes of it the kernel
// did not give (memory that was unmapped meanwhile).
std::uint64_t visit_memory(pid_t process, const VisitPlace& visit);

}  // namespace mibun::server
