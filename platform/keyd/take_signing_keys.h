#pragma once

#include <string>

#include "core/base/random.h"
#include "core/base/result.h"

namespace mibun::keyd {

// Moves the signing keys in sealed files of the key directory `from` into that at `to`, made where missing: sealed anew
// under its own master key, each of the generation that it had, with its certificates. What is there already stays and
// must be the same key. A key is gone from `from` when it is durable in `to`, so this can be cut off and run again.
// Returns how many were moved. Errors: not_found (no `from`), keyd_integrity_error (one does not open, or another key
// of that name is there), io_error.
Result<int> take_signing_keys(const std::string& from, const std::string& to, Rng& rng);

}  // namespace mibun::keyd
