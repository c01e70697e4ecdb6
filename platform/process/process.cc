#include "platform/process/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
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

// What posix_spawn is told, freed with it.
struct Plan {
  Plan() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGINT, SIGTERM}) sigaddset(&defaults, signal);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setsigmask(&attributes, &none);  // `mibun serve` blocks the signals that end it
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

Result<pid_t> spawn(const Command& command, const Pipe& output, const Pipe& errors) {
  Plan plan;
  posix_spawn_file_actions_addopen(&plan.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&plan.actions, output.write, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&plan.actions, errors.write, STDERR_FILENO);
  if (!command.directory.empty()) {
    posix_spawn_file_actions_addchdir_np(&plan.actions, command.directory.c_str());
  }
  std::vector<std::string> argv = command.argv, environment = command.environment;
  pid_t pid = -1;
  const int failed = ::posix_spawnp(&pid, command.argv.at(0).c_str(), &plan.actions, &plan.attributes,
                                    pointers(argv).data(), pointers(environment).data());
  if (failed != 0) return fail(ErrorCode::unavailable, command.argv.at(0), "the program cannot be started");
  return pid;
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

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<Finished> run(const Command& command) {
  MIBUN_TRY(Pipe output, Pipe::make());
  MIBUN_TRY(Pipe errors, Pipe::make());
  MIBUN_TRY(const pid_t pid, spawn(command, output, errors));
  output.close_write();
  errors.close_write();
  Finished finished;
  const Status listened = listen(command, output, errors, finished);
  if (!listened) ::kill(-pid, SIGKILL);
  finished.exit_code = wait_for(pid);
  if (!listened) return std::unexpected(listened.error());
  return finished;
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
