#include "tests/server/crash/child.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>

namespace mibun::server {

Child run_in_child(const std::function<void(int)>& work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::close(ends[0]);
    try {
      work(ends[1]);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  return {pid, ::fdopen(ends[0], "r")};
}

void say(int pipe, const std::string& line) {
  const std::string text = line + "\n";
  if (::write(pipe, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(2);
}

std::string hear(const Child& child) {
  char line[512];
  if (std::fgets(line, sizeof line, child.said) == nullptr) return {};
  std::string text(line);
  text.pop_back();
  return text;
}

void kill_child(const Child& child) {
  ::kill(child.pid, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child.pid, &status, 0) == child.pid);
  REQUIRE(WIFSIGNALED(status));
}

}  // namespace mibun::server
