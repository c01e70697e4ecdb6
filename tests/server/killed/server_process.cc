#include "tests/server/killed/server_process.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/server/world/test_world.h"
#include "tests/support/process.h"

namespace mibun::server {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr int kExitPortTaken = 3;  // cli/terminal/terminal.h

// One that is free now.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  const bool bound = ::bind(socket, plain, size) == 0 && ::getsockname(socket, plain, &size) == 0;
  ::close(socket);
  if (!bound) throw std::runtime_error("no port is free");
  return ntohs(address.sin_port);
}

}  // namespace

ServerProcess::ServerProcess(const std::string& data_directory, const std::string& config_file,
                             const std::vector<std::string>& disk_plan) {
  const auto began = Steady::now();
  start(data_directory, config_file, disk_plan);
  wait_until_ready();
  // Somebody else was quicker to take the port that was free.
  for (int tries = 0; !ready_ && tries < 5 && wait(5s) == kExitPortTaken; ++tries) {
    ::close(std::exchange(output_, -1));
    ended_with_ = -1;
    start(data_directory, config_file, disk_plan);
    wait_until_ready();
  }
  took_ = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began);
}

ServerProcess::~ServerProcess() {
  kill();
  if (output_ >= 0) ::close(output_);
}

void ServerProcess::start(const std::string& data_directory, const std::string& config_file,
                          const std::vector<std::string>& disk_plan) {
  port_ = free_port();
  std::vector<std::string> arguments{MIBUN_PROGRAM, "--lang",
                                     "en",          "serve",
                                     "--data",      data_directory,
                                     "--config",    config_file,
                                     "--origin",    std::string(kOrigin),
                                     "--port",      std::to_string(port_),
                                     "--threads",   "2"};
  ProcessOptions options{.environment = disk_plan};
  const bool has_other = std::ranges::any_of(disk_plan, [](const auto& one) { return one.starts_with("LD_PRELOAD="); });
  if (!disk_plan.empty() && !has_other) options.environment.emplace_back("LD_PRELOAD=" MIBUN_FAULTY_DISK);
  process_detail::Pipe out;
  pid_ = process_detail::start({.argv = std::move(arguments), .options = std::move(options), .out = out.write_end()});
  output_ = ::dup(out.read_end());
}

// Until it says "ready: ", or its output ends with it.
void ServerProcess::wait_until_ready() {
  std::string said;
  const auto until = Steady::now() + 60s;
  while (said.find("ready: ") == std::string::npos) {
    pollfd waited{output_, POLLIN, 0};
    if (::poll(&waited, 1, 1000) == 0) {
      if (Steady::now() > until) return;
      continue;
    }
    char buffer[512];
    const ssize_t size = ::read(output_, buffer, sizeof buffer);
    if (size <= 0) return;
    said.append(buffer, static_cast<std::size_t>(size));
  }
  ready_ = true;
}

void ServerProcess::kill() {
  if (ended_with_ >= 0) return;
  ::kill(pid_, SIGKILL);
  static_cast<void>(wait(60s));
}

int ServerProcess::wait(std::chrono::milliseconds limit) {
  const auto until = Steady::now() + limit;
  while (ended_with_ < 0) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      ended_with_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (Steady::now() > until) {
      break;
    } else {
      ::usleep(1000);
    }
  }
  return ended_with_;
}

int ServerProcess::stop() {
  if (ended_with_ < 0) ::kill(pid_, SIGTERM);
  return wait(60s);
}

}  // namespace mibun::server
