#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"

// Another program, run to its end: an argument list and no shell, nothing on its standard input, a process group of its
// own that is killed when time runs out. It does not outlive this process either, however that ends (PR_SET_PDEATHSIG);
// what it started in its turn is only known by the group, and ends by reading the end of its pipes. Arguments and
// environment are visible to others of this machine's users; a secret reaches the program as a file.
namespace mibun::process {

struct Command {
  std::vector<std::string> argv;         // argv[0] is looked for in PATH
  std::vector<std::string> environment;  // "NAME=value": all of it, nothing is inherited
  std::string directory = {};            // where it starts; here when empty
  std::chrono::milliseconds timeout;
  // More on standard output ends it; of standard error the end is kept.
  std::size_t output_bytes_max = 64 * 1024 * 1024;
  std::function<bool()> should_stop = {};  // asked several times a second; true ends it
  std::string program = {};                // what is run, when argv[0] is only what it is called
  int keeps_open = -1;                     // a descriptor that it has, too; of start() alone
};

struct Finished {
  int exit_code = -1;  // 128 + signal when a signal ended it
  std::string output, errors;
};

// Errors: unavailable (cannot be started, ran too long, wrote too much, was to stop).
Result<Finished> run(const Command& command);

// A program that goes on beside this one; its standard error is this process' own. It is killed when the thread ends
// that started it. `output`: the read end of its standard output, which ends when it does; the caller's to close.
struct Started {
  pid_t pid = -1;
  int output = -1;
};
// `timeout`, `output_bytes_max` and `should_stop` are not looked at. Errors: unavailable (cannot be started).
Result<Started> start(const Command& command);
// Until it has ended: its exit code, or 128 + signal.
int wait_for(pid_t pid);

// "NAME=value" of this process' own environment for each name that is set; "AWS_*" takes all that begin so.
std::vector<std::string> inherited(const std::vector<std::string>& names);

}  // namespace mibun::process
