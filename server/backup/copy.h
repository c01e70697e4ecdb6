#pragma once

#include <string>
#include <vector>

#include "platform/restic/restic.h"

namespace mibun::server::backup {

// The second repository, which the server can neither write nor delete from: whoever owns it fetches. It reads the
// server's repository and needs the password and the public key of that, and nothing of the server's machine.
struct CopyOptions {
  restic::Options from, to;
  std::string public_key;  // file with the JWK that signs the generations
  std::string scratch;     // where generations are read back; beside `to`, or in the system's temporary folder
};

struct CopyReport {
  std::vector<std::int64_t> copied;
  std::vector<std::int64_t> refused;  // damaged, or not signed by that key
  std::size_t there = 0;              // generations in the second repository now
};

// Copies the generations that are not there yet, each after it was read back and verified. Nothing is ever removed:
// what an erased person left in old generations is unreadable because the keys are in none. Errors:
// backup_repository_failed, not_found, jwk_*, io_error.
Result<CopyReport> copy_generations(const CopyOptions& options);

}  // namespace mibun::server::backup
