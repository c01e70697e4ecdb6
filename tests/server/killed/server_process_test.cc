#include "tests/server/killed/server_process.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/server/killed/stage.h"
#include "tests/support/process.h"

using namespace mibun::server;

TEST_CASE("a server does not outlive a test program that is killed outright") {
  // Whoever is left over becomes ours, so that its end can be seen.
  REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
  const Stage stage;
  const std::string data = stage.new_data("outlived");
  process_detail::Pipe said;
  const pid_t driver = ::fork();
  if (driver == 0) {
    const ServerProcess server(data, stage.config_file(), {});
    const pid_t pid = server.is_ready() ? server.pid() : -1;
    static_cast<void>(!::write(said.write_end(), &pid, sizeof pid));
    for (;;) ::pause();
  }
  pid_t server = -1;
  REQUIRE(::read(said.read_end(), &server, sizeof server) == sizeof server);
  REQUIRE(server > 0);
  REQUIRE(::kill(driver, SIGKILL) == 0);
  REQUIRE(::waitpid(driver, nullptr, 0) == driver);
  pollfd ended{static_cast<int>(::syscall(SYS_pidfd_open, server, 0)), POLLIN, 0};
  REQUIRE(ended.fd >= 0);
  const bool ends_with_it = ::poll(&ended, 1, 20'000) == 1;
  ::close(ended.fd);
  if (!ends_with_it) ::kill(server, SIGTERM);
  int status = 0;
  REQUIRE(::waitpid(server, &status, 0) == server);
  CHECK(ends_with_it);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  CHECK(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}
