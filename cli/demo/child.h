#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace mibun::cli {

// This very program, run again as another process: the story uses the commands that people use.
struct Finished {
  int exit_code = -1;
  std::string output;  // stdout
  std::string errors;  // stderr
  std::chrono::milliseconds took{0};

  // The rest of the first line that begins with "<name>: "; empty when there is none.
  std::string essential(std::string_view name) const;
};

// Runs `mibun <arguments>` to its end, with `input` on stdin. Errors: io_error (it could not be started).
Result<Finished> run_mibun(const std::vector<std::string>& arguments, const std::string& input);

// `mibun serve ...` in the background. Stopped by SIGTERM when this object goes.
class ServerChild {
 public:
  // Returns when the server has said that it is ready. `exit_code` is what it ended with instead, its own sentence is
  // on stderr. Errors: io_error, unavailable (it ended).
  static Result<ServerChild> start(const std::vector<std::string>& arguments, int& exit_code);
  ServerChild(ServerChild&& other) noexcept;
  ServerChild& operator=(ServerChild&&) = delete;
  ~ServerChild();

  // Waits until the server ends by itself or by a signal that this process got too.
  int wait();
  void stop();
  pid_t pid() const { return pid_; }

 private:
  ServerChild(pid_t pid, int output) : pid_(pid), output_(output) {}
  pid_t pid_ = -1;
  int output_ = -1;
};

}  // namespace mibun::cli
