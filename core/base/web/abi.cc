// What libc++abi has not for this target. Exceptions do not exist in the browser's build: whoever throws (running out
// of memory, a library's own bug) ends.

#include <cstdint>
#include <cstdlib>

extern "C" {

void* __cxa_allocate_exception(std::size_t) {  // NOLINT(bugprone-reserved-identifier)
  std::abort();
}

[[noreturn]] void __cxa_throw(void*, void*, void (*)(void*)) {  // NOLINT(bugprone-reserved-identifier)
  std::abort();
}

// Debian's 128-bit arithmetic is built with stack protection.
extern const std::uintptr_t __stack_chk_guard;
const std::uintptr_t __stack_chk_guard = 0x00ff0a0d;  // NOLINT(bugprone-reserved-identifier)
[[noreturn]] void __stack_chk_fail() {                // NOLINT(bugprone-reserved-identifier)
  std::abort();
}

// The one thread lives as long as the module: nothing of its own is ever taken apart.
int __cxa_thread_atexit(void (*)(void*), void*, void*) {  // NOLINT(bugprone-reserved-identifier)
  return 0;
}

}  // extern "C"
