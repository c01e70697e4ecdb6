#include "platform/process/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "platform/files/descriptor.h"

extern char** environ;

namespace mibun::process {
namespace {

using files::Descriptor;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kErrorBytesKept = 64 * 1024;
constexpr long long kPauseMs = 200;  // between two questions whether to stop

// A pipe whose ends close on exec, so that no other child keeps them open.
struct Pipe {
  static Result<Pipe> make() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorCode::unavailable, "pipe", "none can be made");
    return Pipe(ends[0], ends[1]);
  }
  Pipe(int read_end, int write_end) : read(read_end), write(write_end) {}
  Pipe(Pipe&& other) noexcept : read(std::exchange(other.read, -1)), write(std::exchange(other.write, -1)) {}
  Pipe& operator=(Pipe&&) = delete;
  ~Pipe() {
    close_read();
    close_write();
  }
  void close_read() {
    if (read >= 0) ::close(std::exchange(read, -1));
  }
  void close_write() {
    if (write >= 0) ::close(std::exchange(write, -1));
  }
  int read, write;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// What the child needs, made before fork: between fork and exec a process of many threads may neither allocate nor take
// a lock.
struct Plan {
  Plan(const Command& command, int output_fd, int errors_fd, int trouble_fd)
      : argv(command.argv),
        environment(command.environment),
        argv_pointers(pointers(argv)),
        environment_pointers(pointers(environment)),
        directory(command.directory),
        program(command.program.empty() ? argv.at(0) : command.program),
        keeps_open(command.keeps_open),
        output(output_fd),
        errors(errors_fd),
        trouble(trouble_fd) {}
  std::vector<std::string> argv, environment;
  std::vector<char*> argv_pointers, environment_pointers;
  std::string directory, program;
  int keeps_open;
  int output, errors, trouble;
  pid_t parent = ::getpid();
};

// A process group of its own; killed when the thread ends that made it, which waits for it: so when this program dies
// in whatever way. It may have died before the child could ask for that.
bool prepare_child(const Plan& plan) {
  if (::setpgid(0, 0) != 0 || ::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != plan.parent) return false;
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM}) {
    if (::signal(signal, SIG_DFL) == SIG_ERR) return false;
  }
  sigset_t none;
  sigemptyset(&none);
  if (::sigprocmask(SIG_SETMASK, &none, nullptr) != 0) return false;  // `mibun serve` blocks the signals that end it
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0) return false;
  if (::dup2(plan.output, STDOUT_FILENO) < 0 || ::dup2(plan.errors, STDERR_FILENO) < 0) return false;
  if (plan.keeps_open >= 0 && ::fcntl(plan.keeps_open, F_SETFD, 0) != 0) return false;
  return plan.directory.empty() || ::chdir(plan.directory.c_str()) == 0;
}

[[noreturn]] void be_child(const Plan& plan) {
  if (prepare_child(plan)) {
    ::execvpe(plan.program.c_str(), plan.argv_pointers.data(), plan.environment_pointers.data());
  }
  const char failed = 1;
  static_cast<void>(::write(plan.trouble, &failed, 1));
  ::_exit(127);
}

Result<pid_t> spawn(const Command& command, int output, int errors) {
  MIBUN_TRY(Pipe trouble, Pipe::make());  // closed by a successful exec, without a byte
  const Plan plan(command, output, errors, trouble.write);
  const pid_t pid = ::fork();
  if (pid == 0) be_child(plan);
  trouble.close_write();
  char failed = 0;
  ssize_t got = pid < 0 ? 1 : 0;
  if (pid > 0) {
    do got = ::read(trouble.read, &failed, 1);
    while (got < 0 && errno == EINTR);
  }
  if (got == 0) return pid;
  if (pid > 0) static_cast<void>(wait_for(pid));
  return fail(ErrorCode::unavailable, command.argv.at(0), "the program cannot be started");
}

// Reads what is there; false at the end of the file.
bool take(int fd, std::string& into) {
  std::array<char, 64 * 1024> buffer;
  const ssize_t got = ::read(fd, buffer.data(), buffer.size());
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

void keep_end(std::string& text) {
  if (text.size() > 2 * kErrorBytesKept) text.erase(0, text.size() - kErrorBytesKept);
}

Status listen(const Command& command, Pipe& output, Pipe& errors, Finished& finished) {
  const auto deadline = SteadyClock::now() + command.timeout;
  while (output.read >= 0 || errors.read >= 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
    if (left <= 0) return fail(ErrorCode::unavailable, command.argv[0], "the program ran too long and was ended");
    if (command.should_stop && command.should_stop()) {
      return fail(ErrorCode::unavailable, command.argv[0], "the program was ended, as was asked for");
    }
    std::array<pollfd, 2> open{{{output.read, POLLIN, 0}, {errors.read, POLLIN, 0}}};
    if (::poll(open.data(), open.size(), static_cast<int>(std::min<long long>(left, kPauseMs))) <= 0) continue;
    if (open[0].revents != 0 && !take(output.read, finished.output)) output.close_read();
    if (open[1].revents != 0 && !take(errors.read, finished.errors)) errors.close_read();
    keep_end(finished.errors);
    if (finished.output.size() > command.output_bytes_max) {
      return fail(ErrorCode::unavailable, command.argv[0], "the program wrote too much and was ended");
    }
  }
  return {};
}

}  // namespace

Result<Finished> run(const Command& command) {
  MIBUN_TRY(Pipe output, Pipe::make());
  MIBUN_TRY(Pipe errors, Pipe::make());
  MIBUN_TRY(const pid_t pid, spawn(command, output.write, errors.write));
  output.close_write();
  errors.close_write();
  Finished finished;
  const Status listened = listen(command, output, errors, finished);
  if (!listened) ::kill(-pid, SIGKILL);
  finished.exit_code = wait_for(pid);
  if (!listened) return std::unexpected(listened.error());
  return finished;
}

Result<Started> start(const Command& command) {
  MIBUN_TRY(Pipe output, Pipe::make());
  MIBUN_TRY(const pid_t pid, spawn(command, output.write, STDERR_FILENO));
  return Started{pid, std::exchange(output.read, -1)};
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<std::string> inherited(const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line(*entry);
    const std::string_view name = line.substr(0, line.find('='));
    for (const std::string& wanted : names) {
      const bool begins = wanted.ends_with('*') && name.starts_with(wanted.substr(0, wanted.size() - 1));
      if (begins || name == wanted) found.emplace_back(line);
    }
  }
  return found;
}

}  // namespace mibun::process
