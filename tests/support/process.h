#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Runs other people's programs (openssl, node, curl) in tests: no shell, an argument list, everything captured.
//   const ProcessResult r = run_process({"openssl", "dgst", "-sha256"}, {.input = "abc"});
//   CHECK(r.exit_code == 0);
struct ProcessResult {
  int exit_code = -1;  // 128 + signal when a signal ended it
  bool timed_out = false;
  std::string out, err;
};

struct ProcessOptions {
  std::string_view input = {};                // its standard input; then end of file
  std::chrono::milliseconds timeout{30'000};  // then its process group is killed
  std::string directory = {};                 // where it starts; here when empty
  std::vector<std::string> environment = {};  // "NAME=value", besides ours
};

namespace process_detail {

inline void check(int error, const std::string& what) {
  if (error != 0) throw std::runtime_error(what + ": " + std::strerror(error));
}

// Both ends close on exec, so that a child of another thread never keeps them open.
class Pipe {
 public:
  Pipe() { check(pipe2(ends_.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe"); }
  ~Pipe() {
    close_read();
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_read() { close_end(0); }
  void close_write() { close_end(1); }

 private:
  void close_end(std::size_t end) {
    if (ends_[end] >= 0) close(std::exchange(ends_[end], -1));
  }
  std::array<int, 2> ends_{-1, -1};
};

inline std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// What a child becomes, made before fork: between fork and exec a process of many threads may neither allocate nor take
// a lock.
struct Launch {
  std::vector<std::string> argv;  // argv[0] is looked for in PATH
  ProcessOptions options = {};    // of them directory and environment
  int in = STDIN_FILENO, out = STDOUT_FILENO, err = STDERR_FILENO;
};

// The child's side. It is the first of a process group, and killed when the thread ends that started it: a test that is
// killed itself leaves nothing running. That one may have died before the child could ask for it. Returns what failed.
inline int become(const Launch& launch, pid_t parent, char* const* argv, char* const* environment) {
  if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return errno;
  if (getppid() != parent) return ESRCH;
  if (signal(SIGPIPE, SIG_DFL) == SIG_ERR) return errno;
  const std::array<std::pair<int, int>, 3> streams{
      {{launch.in, STDIN_FILENO}, {launch.out, STDOUT_FILENO}, {launch.err, STDERR_FILENO}}};
  for (const auto& [from, to] : streams) {
    if (from != to && dup2(from, to) < 0) return errno;
  }
  if (!launch.options.directory.empty() && chdir(launch.options.directory.c_str()) != 0) return errno;
  execvpe(argv[0], argv, environment);
  return errno;
}

inline pid_t start(Launch launch) {
  std::vector<std::string> environment = launch.options.environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  const std::vector<char*> argv_pointers = pointers(launch.argv), environment_pointers = pointers(environment);
  Pipe trouble;  // closed by a successful exec, without a word
  const pid_t parent = getpid(), pid = fork();
  if (pid == 0) {
    const int error = become(launch, parent, argv_pointers.data(), environment_pointers.data());
    (void)!write(trouble.write_end(), &error, sizeof error);
    _exit(127);
  }
  int error = pid < 0 ? errno : 0;
  trouble.close_write();
  if (pid > 0) {
    while (read(trouble.read_end(), &error, sizeof error) < 0 && errno == EINTR) {
    }
    if (error != 0) waitpid(pid, nullptr, 0);
  }
  check(error, "cannot run " + launch.argv.at(0));
  return pid;
}

inline pid_t spawn(std::vector<std::string> argv, const ProcessOptions& options, const Pipe& in, const Pipe& out,
                   const Pipe& err) {
  return start({std::move(argv), options, in.read_end(), out.write_end(), err.write_end()});
}

// Reads what is there; false at end of file.
inline bool drain(int fd, std::string& into) {
  std::array<char, 16 * 1024> buffer;
  const ssize_t got = read(fd, buffer.data(), buffer.size());
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

// Writes a piece of `rest`; false when the child does not want more.
inline bool feed(int fd, std::string_view& rest) {
  const ssize_t put = write(fd, rest.data(), rest.size());
  if (put > 0) rest.remove_prefix(static_cast<std::size_t>(put));
  return put >= 0 || errno == EINTR || errno == EAGAIN;
}

// Talks to the child until it has closed both outputs; false when time ran out.
inline bool talk(const ProcessOptions& options, Pipe& in, Pipe& out, Pipe& err, ProcessResult& result) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + options.timeout;
  std::string_view rest = options.input;
  fcntl(in.write_end(), F_SETFL, O_NONBLOCK);
  if (rest.empty()) in.close_write();
  while (out.read_end() >= 0 || err.read_end() >= 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    std::array<pollfd, 3> fds{{{in.write_end(), POLLOUT, 0}, {out.read_end(), POLLIN, 0}, {err.read_end(), POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), static_cast<int>(left)) <= 0) continue;
    if (fds[0].revents != 0 && (!feed(in.write_end(), rest) || rest.empty())) in.close_write();
    if (fds[1].revents != 0 && !drain(out.read_end(), result.out)) out.close_read();
    if (fds[2].revents != 0 && !drain(err.read_end(), result.err)) err.close_read();
  }
  return true;
}

}  // namespace process_detail

// Throws when the program cannot be started, so that a test cannot pass by running nothing.
inline ProcessResult run_process(const std::vector<std::string>& argv, const ProcessOptions& options = {}) {
  namespace detail = process_detail;
  signal(SIGPIPE, SIG_IGN);  // a child that stops reading its input is no reason to end the test program
  detail::Pipe in, out, err;
  const pid_t pid = detail::spawn(argv, options, in, out, err);
  in.close_read();
  out.close_write();
  err.close_write();
  ProcessResult result;
  result.timed_out = !detail::talk(options, in, out, err, result);
  if (result.timed_out) kill(-pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}
