#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace mibun::server::backup {

// Where the log of operations lies that goes on after a restore. It is in no generation: a log that went back in time
// is what wallets and witnesses look out for.
struct LogRemains {
  std::vector<std::string> folders;  // as it is now; one is enough. Empty: the restored server begins another log
  std::string keys_directory;        // with log.key, log.vkey, and log/, which is the key's memory
};

// Copies it below `data`, a restored data directory. Errors: not_found (the key or its memory), io_error.
Status bring_log(const LogRemains& remains, const std::string& data);

}  // namespace mibun::server::backup
