#include "cli/demo/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

extern char** environ;

namespace mibun::cli {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
  void close_read() {
    if (read_end >= 0) ::close(std::exchange(read_end, -1));
  }
  void close_write() {
    if (write_end >= 0) ::close(std::exchange(write_end, -1));
  }
  ~Pipe() {
    close_read();
    close_write();
  }
};

struct Redirections {
  int input = -1, output = -1, errors = -1;  // -1: as this process has it
};

Result<pid_t> spawn(const std::vector<std::string>& arguments, const Redirections& redirections) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (redirections.input >= 0) posix_spawn_file_actions_adddup2(&actions, redirections.input, STDIN_FILENO);
  if (redirections.output >= 0) posix_spawn_file_actions_adddup2(&actions, redirections.output, STDOUT_FILENO);
  if (redirections.errors >= 0) posix_spawn_file_actions_adddup2(&actions, redirections.errors, STDERR_FILENO);
  std::vector<std::string> words{"mibun"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = ::posix_spawn(&pid, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return fail(ErrorCode::io_error, "spawn", "this program could not start itself again");
  return pid;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return exit_code_of(status);
}

// Reads both until both ends are closed, so that neither fills up while the other is waited for.
void drain(int output, int errors, Finished& finished) {
  std::array<pollfd, 2> open{{{output, POLLIN, 0}, {errors, POLLIN, 0}}};
  std::array<std::string*, 2> texts{&finished.output, &finished.errors};
  std::size_t left = 2;
  while (left > 0) {
    if (::poll(open.data(), open.size(), -1) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (open[i].fd < 0 || open[i].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t got = ::read(open[i].fd, buffer.data(), buffer.size());
      if (got > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
      } else {
        open[i].fd = -1;
        --left;
      }
    }
  }
}

}  // namespace

std::string Finished::essential(std::string_view name) const {
  const std::string wanted = std::string(name) + ": ";
  std::size_t at = 0;
  while (at < output.size()) {
    const std::size_t end = std::min(output.find('\n', at), output.size());
    const std::string_view line = std::string_view(output).substr(at, end - at);
    if (line.starts_with(wanted)) return std::string(line.substr(wanted.size()));
    at = end + 1;
  }
  return {};
}

Result<Finished> run_mibun(const std::vector<std::string>& arguments, const std::string& input) {
  Pipe in, out, err;
  if (!in.open() || !out.open() || !err.open()) return fail(ErrorCode::io_error, "pipe");
  const auto started = std::chrono::steady_clock::now();
  MIBUN_TRY(const pid_t pid, spawn(arguments, {in.read_end, out.write_end, err.write_end}));
  in.close_read();
  out.close_write();
  err.close_write();
  // Answers to a few questions: far below what a pipe holds.
  const ssize_t written = ::write(in.write_end, input.data(), input.size());
  in.close_write();
  Finished finished;
  drain(out.read_end, err.read_end, finished);
  finished.exit_code = wait_for(pid);
  finished.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  if (written != static_cast<ssize_t>(input.size()) && finished.exit_code == 0) {
    return fail(ErrorCode::io_error, "stdin", "the command ended before it read its input");
  }
  return finished;
}

Result<ServerChild> ServerChild::start(const std::vector<std::string>& arguments, int& exit_code) {
  Pipe out;
  if (!out.open()) return fail(ErrorCode::io_error, "pipe");
  MIBUN_TRY(const pid_t pid, spawn(arguments, {-1, out.write_end, -1}));
  out.close_write();
  std::string said;
  char c = 0;
  while (::read(out.read_end, &c, 1) == 1 && c != '\n') said += c;
  if (said.empty()) {
    exit_code = wait_for(pid);
    return fail(ErrorCode::unavailable, "serve", "the server ended before it was ready");
  }
  return ServerChild(pid, std::exchange(out.read_end, -1));
}

ServerChild::ServerChild(ServerChild&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::exchange(other.output_, -1)) {}

int ServerChild::wait() {
  return pid_ < 0 ? 0 : wait_for(std::exchange(pid_, -1));
}

void ServerChild::stop() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGTERM);
  wait_for(std::exchange(pid_, -1));
}

ServerChild::~ServerChild() {
  stop();
  if (output_ >= 0) ::close(output_);
}

}  // namespace mibun::cli
