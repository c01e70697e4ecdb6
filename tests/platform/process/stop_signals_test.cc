#include "platform/process/stop_signals.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

namespace mibun::process {
namespace {

using namespace std::chrono_literals;

// In a process of its own, whose signals are nobody else's.
bool holds_in_a_child(const std::function<bool()>& what) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(what() ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("a signal to stop is waited for, and ends nothing by itself") {
  for (const int signal : {SIGTERM, SIGINT}) {
    CHECK(holds_in_a_child([signal] {
      const StopSignals signals;
      if (signals.wait(10ms) || ::kill(::getpid(), signal) != 0) return false;
      signals.wait();
      return signals.wait(10s);  // and it stays so
    }));
  }
}

TEST_CASE("whoever writes to a peer that is gone hears an error") {
  CHECK(holds_in_a_child([] {
    const StopSignals signals;
    int ends[2];
    if (::pipe(ends) != 0) return false;
    ::close(ends[0]);
    return ::write(ends[1], "x", 1) == -1 && errno == EPIPE;
  }));
}

}  // namespace mibun::process
