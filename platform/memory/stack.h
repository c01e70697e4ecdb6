#pragma once

namespace mibun::memory {

// Overwrites what calls that have returned left below the caller's frame, on the stack of this thread: names, photos
// and keys that passed through local variables. Goes down until 64 KiB in a row are zeros already (an untouched array
// of that size in the middle would end it early; no frame of ours or of our libraries is as large), at most to the
// stack's end. Costs a few microseconds; call where a thread has finished with one person and waits for the next.
// docs/decisions/0056.
void wipe_unused_stack() noexcept;

}  // namespace mibun::memory
