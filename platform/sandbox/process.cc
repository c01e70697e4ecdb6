#include "platform/sandbox/process.h"

#include <grp.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>

#include "platform/files/descriptor.h"

namespace mibun::sandbox {

Status forbid_looking_in() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return files::write_failure("core dumps", "cannot be switched off");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return files::write_failure("memory", "cannot be closed to debuggers");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return files::write_failure("rights", "cannot be given up");
  return {};
}

bool lock_memory() {
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  rlimit now{};
  // With a limit, a later allocation would fail in the middle of something: all or nothing.
  if (::setrlimit(RLIMIT_MEMLOCK, &all) != 0 &&
      (::getrlimit(RLIMIT_MEMLOCK, &now) != 0 || now.rlim_cur != RLIM_INFINITY)) {
    return false;
  }
  return ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0;
}

Result<User> find_user(const std::string& name) {
  std::array<char, 16 * 1024> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return fail(ErrorCode::not_found, "user", "this system has no such user");
  }
  return User{entry.pw_uid, entry.pw_gid};
}

Status leave_root(const User& user) {
  if (::setgroups(0, nullptr) != 0 || ::setresgid(user.gid, user.gid, user.gid) != 0 ||
      ::setresuid(user.uid, user.uid, user.uid) != 0) {
    return files::write_failure("user", "cannot be changed");
  }
  if (user.uid != 0 && ::setuid(0) == 0) return fail(ErrorCode::io_error, "user", "root can still be had back");
  // Changing the user makes a process open to debuggers again.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return files::write_failure("memory", "cannot be closed to debuggers");
  return {};
}

}  // namespace mibun::sandbox
