#include "platform/sandbox/filter.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

#include "platform/sandbox/process.h"
#include "tests/support/temp_dir.h"

using namespace mibun;

namespace {

// What `body` returned in a process of its own: 0 to 99, or 100 + the signal that ended it.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

constexpr int kRefused = 1, kPassed = 2, kOther = 3, kNoFilter = 9;

int tried(long result) {
  return result >= 0 ? kPassed : errno == EPERM ? kRefused : kOther;
}

int behind_filter(const std::function<int()>& body) {
  return in_child([&] { return sandbox::allow_files_only() ? body() : kNoFilter; });
}

}  // namespace

TEST_CASE("behind the filter nothing but files, open sockets, memory and threads is left") {
  struct Row {
    const char* what;
    std::function<int()> call;
  };
  static char program[] = "/bin/true";
  static char* arguments[] = {program, nullptr};
  static sockaddr_in address{};
  address.sin_family = AF_INET;
  int pair[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  const Row rows[] = {
      {"a socket", [] { return tried(::socket(AF_INET, SOCK_STREAM, 0)); }},
      {"a Unix socket", [] { return tried(::socket(AF_UNIX, SOCK_STREAM, 0)); }},
      {"a pair of sockets",
       [] {
         int two[2];
         return tried(::socketpair(AF_UNIX, SOCK_STREAM, 0, two));
       }},
      {"connecting",
       [&] { return tried(::connect(pair[0], reinterpret_cast<const sockaddr*>(&address), sizeof address)); }},
      {"binding", [&] { return tried(::bind(pair[0], reinterpret_cast<const sockaddr*>(&address), sizeof address)); }},
      {"running a program", [] { return tried(::execve(program, arguments, nullptr)); }},
      {"running a program by descriptor",
       [] { return tried(::syscall(SYS_execveat, AT_FDCWD, program, arguments, nullptr, 0)); }},
      {"another process", [] { return tried(::syscall(SYS_fork)); }},
      {"another process by clone", [] { return tried(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }},
      {"debugging", [] { return tried(::ptrace(PTRACE_TRACEME, 0, 0, 0)); }},
      {"another process' memory", [] { return tried(::syscall(SYS_process_vm_readv, ::getpid(), 0, 0, 0, 0, 0)); }},
      {"a signal to others", [] { return tried(::kill(::getppid(), 0)); }},
      {"code in memory",
       [] {
         void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return page == MAP_FAILED ? tried(-1) : kPassed;
       }},
      {"memory made code",
       [] {
         void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
         return tried(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
       }},
      {"mounting", [] { return tried(::syscall(SYS_mount, "none", "/", nullptr, 0UL, nullptr)); }},
      {"a kernel program", [] { return tried(::syscall(SYS_bpf, 0, nullptr, 0)); }},
      {"a ring of requests", [] { return tried(::syscall(SYS_io_uring_setup, 1, nullptr)); }},
      {"being dumped again", [] { return tried(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    CHECK(behind_filter(row.call) == kRefused);
  }
  ::close(pair[0]);
  ::close(pair[1]);
}

TEST_CASE("behind the filter files, locks, sockets that are open and new threads work") {
  const TempDir directory;
  const std::string path = directory.file("file");
  int pair[2] = {-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  CHECK(behind_filter([&] {
          const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
          if (file < 0 || ::write(file, "x", 1) != 1 || ::fdatasync(file) != 0) return 10;
          struct flock lock{};
          lock.l_type = F_WRLCK;
          if (::fcntl(file, F_SETLK, &lock) != 0) return 11;
          if (::send(pair[0], "x", 1, 0) != 1) return 12;
          bool ran = false;
          std::thread([&] { ran = true; }).join();
          if (!ran) return 13;
          return ::unlink(path.c_str()) == 0 ? kPassed : 14;
        }) == kPassed);
  ::close(pair[0]);
  ::close(pair[1]);
}

TEST_CASE("the filter holds for threads that were there before it") {
  CHECK(in_child([] {
          int found = kOther;
          std::atomic<bool> go{false};
          std::thread before([&] {
            while (!go) std::this_thread::yield();
            found = tried(::socket(AF_INET, SOCK_STREAM, 0));
          });
          const bool filtered = sandbox::allow_files_only().has_value();
          go = true;
          before.join();
          return filtered ? found : kNoFilter;
        }) == kRefused);
}

TEST_CASE("nobody looks into a process that forbade it") {
  CHECK(in_child([] {
          if (!sandbox::forbid_looking_in()) return 10;
          rlimit core{};
          if (::getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0) return 11;
          if (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return 12;
          return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? kPassed : 13;
        }) == kPassed);
}

TEST_CASE("who leaves root does not get it back, nor its groups, nor a dump") {
  if (::geteuid() != 0) return;  // said by the tests of the service, which run as anybody
  const auto nobody = sandbox::find_user("nobody");
  REQUIRE(nobody.has_value());
  CHECK(sandbox::find_user("there is no such user").error().code == ErrorCode::not_found);
  CHECK(in_child([&] {
          const gid_t more[] = {1, 2};
          if (::setgroups(2, more) != 0 || !sandbox::leave_root(*nobody)) return 10;
          if (::getuid() != nobody->uid || ::geteuid() != nobody->uid || ::getgid() != nobody->gid) return 11;
          if (::setuid(0) == 0 || ::setresuid(0, 0, 0) == 0 || ::setegid(0) == 0) return 12;
          if (::getgroups(0, nullptr) != 0) return 13;
          return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? kPassed : 14;
        }) == kPassed);
}
