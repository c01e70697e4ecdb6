#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/result.h"

// What a process does to itself before it holds secrets.
namespace mibun::sandbox {

// No core dumps, no debugger of the same user, no new rights by running a program. Errors: io_error.
Status forbid_looking_in();

// Keeps all memory of now and later out of the swap. False when the system does not allow that much: then nothing is
// locked, and the caller says so in its log. As root, before leave_root().
bool lock_memory();

struct User {
  uid_t uid;
  gid_t gid;
};
// Errors: not_found.
Result<User> find_user(const std::string& name);
// For good: supplementary groups, group and user, saved ids too. Errors: io_error.
Status leave_root(const User& user);

}  // namespace mibun::sandbox
