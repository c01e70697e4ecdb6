#pragma once

#include <string>

#include "core/base/result.h"

namespace mibun::cli {

// CPU seconds, the kernel's with them, of making one deed durable and doing nothing else: its intent in the journals of
// a log in two places, and then one row with a random key in a database, as the server does it before it answers; the
// result goes into the log with the next intent. `people` threads at once share commits where they meet, all on the
// server's CPU. `folder` is made and removed; its disk is what is measured.
Result<double> durable_deed_seconds(const std::string& folder, int people, int deeds);

}  // namespace mibun::cli
