#pragma once

#include <string>

#include "core/tlog/note_key.h"

namespace mibun::cli {

// A key that signs notes, as people give it: "<name>+<id>+<key>", or a file that holds it. Errors: not_found, io_error,
// signature_malformed, public_key_malformed, public_key_not_on_curve.
Result<tlog::VerifierKey> read_log_key(const std::string& text_or_file);

}  // namespace mibun::cli
