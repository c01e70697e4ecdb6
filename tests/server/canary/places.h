#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/base/bytes.h"

// Where something of a person could lie. A new kind of place (a backup, an object store) is one more function.
namespace mibun::server {

struct Place {
  std::string name;  // "mibun.db-wal", "memory: [heap]"
  Bytes content;
};
using VisitPlace = std::function<void(const Place&)>;

// Every file below a folder, and the names of all.
void visit_files(const std::string& folder, const VisitPlace& visit);
// Everything that a process can write to: heap, stacks, mapped memory.
void visit_memory(pid_t process, const VisitPlace& visit);

}  // namespace mibun::server
