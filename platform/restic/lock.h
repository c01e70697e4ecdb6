#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

// Locks of a repository whose maker is gone: a process that was killed leaves its own behind.
namespace mibun::restic {

// What `restic cat lock` says of one.
struct Lock {
  std::string hostname, time;  // as restic writes it, for people
  std::int64_t pid = 0;
};
// Errors: json_*.
Result<Lock> read_lock(std::string_view json);

enum class LockMaker {
  gone,      // on this machine, and no such process
  replaced,  // another program has its number now, or it is dead and its parent has not heard of it
  here,      // restic with that number, on this machine
  elsewhere  // on another machine: only restic's own clock says when it is stale
};
// `program`: as restic is called, "restic" or a path.
LockMaker maker_of(const Lock& lock, std::string_view hostname, std::string_view program);

}  // namespace mibun::restic
