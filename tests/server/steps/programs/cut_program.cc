// Stands in front of a program that no LD_PRELOAD reaches, because it asks the kernel itself (restic is written in Go),
// under its name in PATH; runs it, and counts its calls that write below one folder. Before call number `cut_at` it
// ends the program and whoever asked for it (kill -9). Counts over several programs, one after the other. What to do
// stands in the file "plan" beside it, a line each:
//   the program   the folder   cut_at (0: never)   a file that gets "CALL PATH" lines   a file with the count so far
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

struct Plan {
  std::string program, root, trace, counter;
  long cut_at = 0, count = 0;
};

Plan read_plan() {
  const char* path = std::getenv("PATH");
  const std::string all = path == nullptr ? "" : path;
  std::ifstream in(all.substr(0, all.find(':')) + "/plan");
  Plan plan;
  std::string cut_at;
  std::getline(in, plan.program);
  std::getline(in, plan.root);
  std::getline(in, cut_at);
  std::getline(in, plan.trace);
  std::getline(in, plan.counter);
  if (!in) {
    std::fprintf(stderr, "cut_program: no plan\n");
    std::exit(97);
  }
  plan.cut_at = std::atol(cut_at.c_str());
  std::ifstream(plan.counter) >> plan.count;
  return plan;
}

struct Row {
  long number;
  const char* name;
  int path;  // which argument is a path, or -1: the first is a descriptor
};
constexpr std::array kRows{
    Row{SYS_write, "write", -1},         Row{SYS_pwrite64, "pwrite", -1},     Row{SYS_fsync, "fsync", -1},
    Row{SYS_fdatasync, "fdatasync", -1}, Row{SYS_ftruncate, "ftruncate", -1}, Row{SYS_openat, "make", 1},
    Row{SYS_renameat, "rename", 3},      Row{SYS_renameat2, "rename", 3},     Row{SYS_unlinkat, "unlink", 1},
    Row{SYS_mkdirat, "mkdir", 1},        Row{SYS_linkat, "link", 3},
#ifdef SYS_rename
    Row{SYS_rename, "rename", 1},        Row{SYS_unlink, "unlink", 0},        Row{SYS_rmdir, "rmdir", 0},
#endif
};

// Only these calls stop the program, so that it is nearly as quick as alone.
bool watch_calls() {
  std::vector<sock_filter> filter{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const Row& row : kRows) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(row.number), 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

std::string text_at(pid_t thread, std::uint64_t address) {
  std::array<char, 4096> buffer{};
  // Up to the end of its page, and then on: what follows may not be there.
  const std::size_t first = std::min<std::size_t>(4096 - address % 4096, buffer.size() - 1);
  const iovec here{buffer.data(), buffer.size() - 1};
  const std::array<iovec, 2> there{iovec{reinterpret_cast<void*>(address), first},
                                   iovec{reinterpret_cast<void*>(address + first), buffer.size() - 1 - first}};
  if (::process_vm_readv(thread, &here, 1, there.data(), 2, 0) < 0) return {};
  return buffer.data();
}

using Arguments = decltype(__ptrace_syscall_info{}.seccomp.args);

std::string path_of(pid_t thread, const Row& row, const Arguments& arguments) {
  if (row.path >= 0) return text_at(thread, arguments[row.path]);
  const std::string link = "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(arguments[0]);
  std::array<char, 4096> buffer{};
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size() - 1);
  return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
}

// What one call is to the disk: its name and path; empty when it writes nothing there.
std::string step_of(pid_t thread, const Plan& plan) {
  __ptrace_syscall_info call{};
  if (::ptrace(PTRACE_GET_SYSCALL_INFO, thread, reinterpret_cast<void*>(sizeof call), &call) <= 0) return {};
  for (const Row& row : kRows) {
    if (static_cast<std::uint64_t>(row.number) != call.seccomp.nr) continue;
    if (row.number == SYS_openat && (call.seccomp.args[2] & (O_CREAT | O_TRUNC)) == 0) return {};
    const std::string path = path_of(thread, row, call.seccomp.args);
    if (!path.starts_with(plan.root + "/")) return {};
    return std::string(row.name) + " " + path;
  }
  return {};
}

void write_line(const std::string& file, int flags, const std::string& line) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::perror("cut_program");
  ::close(fd);
}

void see(pid_t thread, pid_t program, Plan& plan) {
  const std::string step = step_of(thread, plan);
  if (step.empty()) return;
  ++plan.count;
  write_line(plan.trace, O_APPEND, step + "\n");
  write_line(plan.counter, O_TRUNC, std::to_string(plan.count) + " " + step + "\n");
  if (plan.count != plan.cut_at) return;
  ::kill(::getppid(), SIGKILL);
  ::kill(program, SIGKILL);
  ::raise(SIGKILL);
}

int run(char** arguments, Plan& plan) {
  const pid_t program = ::fork();
  if (program == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    if (watch_calls()) ::execv(plan.program.c_str(), arguments);
    ::_exit(98);
  }
  int status = 0;
  ::waitpid(program, &status, 0);
  constexpr long kOptions =
      PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  ::ptrace(PTRACE_SETOPTIONS, program, nullptr, kOptions);
  ::ptrace(PTRACE_CONT, program, nullptr, nullptr);
  for (;;) {
    const pid_t thread = ::waitpid(-1, &status, __WALL);
    if (thread < 0 && errno == EINTR) continue;
    if (thread < 0) return 99;
    if (!WIFSTOPPED(status)) {
      if (thread != program) continue;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    const int event = status >> 16, signal = WSTOPSIG(status);
    if (event == PTRACE_EVENT_SECCOMP) see(thread, program, plan);
    // A signal of its own goes through to it; stops that are there for us do not.
    const bool is_ours = event != 0 || signal == SIGSTOP || signal == SIGTRAP;
    ::ptrace(PTRACE_CONT, thread, nullptr, is_ours ? nullptr : reinterpret_cast<void*>(static_cast<long>(signal)));
  }
}

}  // namespace

int main(int, char** arguments) {
  Plan plan = read_plan();
  return run(arguments, plan);
}
