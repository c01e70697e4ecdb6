#pragma once

namespace mibun::database {

// Whether this thread does a unit of work that writes just now. Everybody else who writes waits for it: nothing belongs
// there that may take long or depends on another process.
bool inside_write();

}  // namespace mibun::database
