#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace mibun::server {

// `mibun serve` as people run it, in a process of its own, over a data directory and a disk of the test's
// (tests/faults/disk).
class ServerProcess {
 public:
  // `disk_plan`: "MIBUN_DISK_…=…" of tests/faults/disk/plan.h; none: the disk as it is. With another "LD_PRELOAD=…" in
  // it, that stands in front of the server in place of the disk. Returns when the server is ready or has ended.
  ServerProcess(const std::string& data_directory, const std::string& config_file,
                const std::vector<std::string>& disk_plan);
  ~ServerProcess();  // kills it
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  bool is_ready() const { return ready_; }
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  std::chrono::milliseconds took() const { return took_; }  // until it was ready

  void kill();  // -9, and waits
  // Its exit code, or 128 and the signal that ended it; -1 when it has not ended after `limit`.
  int wait(std::chrono::milliseconds limit);
  int stop();  // SIGTERM

 private:
  void start(const std::string& data_directory, const std::string& config_file,
             const std::vector<std::string>& disk_plan);
  void wait_until_ready();

  pid_t pid_ = -1;
  int output_ = -1;
  int ended_with_ = -1;
  bool ready_ = false;
  std::uint16_t port_ = 0;
  std::chrono::milliseconds took_{0};
};

}  // namespace mibun::server
