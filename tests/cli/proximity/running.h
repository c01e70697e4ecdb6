#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/process.h"

// A program that somebody sits in front of: what it says is read while it runs, and answered.
class Running {
 public:
  // Of the options, its environment and where it starts.
  explicit Running(const std::vector<std::string>& argv, const ProcessOptions& options = {}) {
    signal(SIGPIPE, SIG_IGN);
    pid_ = process_detail::spawn(argv, options, in_, out_, err_);
    in_.close_read();
    out_.close_write();
    err_.close_write();
  }
  ~Running() {
    if (pid_ > 0) (void)finish(std::chrono::milliseconds(0));
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void type(std::string_view text) {
    while (!text.empty()) {
      if (!process_detail::feed(in_.write_end(), text)) throw std::runtime_error("the program does not listen");
    }
  }

  // Reads on until `what` was said, on either output. Throws when the program ends or says nothing for too long.
  void wait_for(std::string_view what) {
    while (out.find(what) == std::string::npos && err.find(what) == std::string::npos) {
      if (!listen(std::chrono::seconds(60)))
        throw std::runtime_error("never said: " + std::string(what) + "\n" + out + err);
    }
  }
  // What stands behind "name: " on its line of standard output, once the line is whole.
  std::string value_of(const std::string& name) {
    for (;;) {
      const auto at = ("\n" + out).find("\n" + name + ": ");
      const auto end = at == std::string::npos ? at : out.find('\n', at);
      if (end != std::string::npos) return out.substr(at + name.size() + 2, end - at - name.size() - 2);
      if (!listen(std::chrono::seconds(60))) throw std::runtime_error("never said: " + name + "\n" + out + err);
    }
  }

  // Its end, with the exit code; killed when it takes longer.
  int finish(std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    in_.close_write();
    const auto until = std::chrono::steady_clock::now() + timeout;
    bool ended = false;
    while (!ended && std::chrono::steady_clock::now() < until) {
      ended = !listen(std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()));
    }
    if (!ended) kill(-pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  pid_t pid() const { return pid_; }

  std::string out, err;

 private:
  // False when both outputs are closed, or nothing came in time.
  bool listen(std::chrono::milliseconds timeout) {
    std::array<pollfd, 2> fds{{{out_.read_end(), POLLIN, 0}, {err_.read_end(), POLLIN, 0}}};
    if (out_.read_end() < 0 && err_.read_end() < 0) return false;
    if (poll(fds.data(), fds.size(), static_cast<int>(timeout.count())) <= 0) return false;
    if (fds[0].revents != 0 && !process_detail::drain(out_.read_end(), out)) out_.close_read();
    if (fds[1].revents != 0 && !process_detail::drain(err_.read_end(), err)) err_.close_read();
    return true;
  }

  process_detail::Pipe in_, out_, err_;
  pid_t pid_ = -1;
};
