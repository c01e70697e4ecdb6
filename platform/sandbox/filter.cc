#include "platform/sandbox/filter.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>
#include <memory>

namespace mibun::sandbox {
namespace {

// By what they are for. A call that this kernel or machine does not know is left out by libseccomp itself.
constexpr std::array kAllowed{
    // files that are opened, databases and their locks, a token's directory
    "read",
    "write",
    "readv",
    "writev",
    "pread64",
    "pwrite64",
    "open",
    "openat",
    "close",
    "lseek",
    "fstat",
    "stat",
    "lstat",
    "newfstatat",
    "statx",
    "fstatfs",
    "statfs",
    "access",
    "faccessat",
    "faccessat2",
    "readlink",
    "readlinkat",
    "getdents64",
    "fcntl",
    "flock",
    "fsync",
    "fdatasync",
    "ftruncate",
    "fallocate",
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "mkdir",
    "mkdirat",
    "rmdir",
    "chmod",
    "fchmod",
    "fchmodat",
    "fchown",
    "umask",
    "getcwd",
    "utimensat",
    "dup",
    // the sockets that are there
    "accept4",
    "accept",
    "recvfrom",
    "recvmsg",
    "sendto",
    "sendmsg",
    "shutdown",
    "getsockopt",
    "setsockopt",
    "getsockname",
    "getpeername",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "epoll_wait",
    "epoll_pwait",
    "epoll_ctl",
    // memory
    "brk",
    "munmap",
    "mremap",
    "madvise",
    "mlock",
    "mlock2",
    "munlock",
    "mincore",
    // threads, time, signals, the end
    "futex",
    "set_robust_list",
    "rseq",
    "sched_yield",
    "sched_getaffinity",
    "gettid",
    "getpid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "set_tid_address",
    "prlimit64",
    "getrlimit",
    "sysinfo",
    "uname",
    "getcpu",
    "membarrier",
    "clock_gettime",
    "clock_getres",
    "clock_nanosleep",
    "nanosleep",
    "gettimeofday",
    "time",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "sigaltstack",
    "tgkill",
    "getrandom",
    "exit",
    "exit_group",
};

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

bool allow(const Filter& filter, const char* name) {
  const int number = seccomp_syscall_resolve_name(name);
  return number == __NR_SCMP_ERROR || seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, number, 0) == 0;
}

// No memory becomes code any more, and no library is loaded.
bool allow_memory_that_is_not_code(const Filter& filter) {
  constexpr scmp_arg_cmp kNotExecutable{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    if (seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1, kNotExecutable) != 0) return false;
  }
  return true;
}

// Threads, not processes. clone3 has its flags where a filter cannot see them; without it the C library uses clone.
bool allow_threads(const Filter& filter) {
  constexpr scmp_arg_cmp kThread{0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD};
  return seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
         seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, kThread) == 0;
}

}  // namespace

Status allow_files_only() {
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)), &seccomp_release);
  bool done = filter != nullptr && seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1) == 0;
  for (const char* name : kAllowed) done = done && allow(filter, name);
  done = done && allow_memory_that_is_not_code(filter) && allow_threads(filter) && seccomp_load(filter.get()) == 0;
  if (!done) return fail(ErrorCode::unavailable, "seccomp", "this kernel does not take the filter");
  return {};
}

}  // namespace mibun::sandbox
