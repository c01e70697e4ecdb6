#pragma once

#include <string>

#include "cli/terminal/terminal.h"

namespace mibun::cli {

struct CheckLogOptions {
  std::string folder;                // or
  std::string url, ca_file;          // where the log is served, and the roots to trust on the way (PEM; the system's)
  std::string key;                   // "<name>+<id>+<key>", or a file with it
  std::string witness, witness_key;  // the checkpoint that the witness signed; both or none
};

// Looks at everything of a log that nobody writes to meanwhile. kExitOk when nothing is wrong; kExitRefused when
// something is, and each finding stands on a line of its own, or when the log cannot be read.
int check_log_folder(const CheckLogOptions& options, const Terminal& terminal);

}  // namespace mibun::cli
