#include "platform/memory/stack.h"

#include <pthread.h>

#include <cstddef>
#include <cstdint>

#include "core/base/secret.h"

// What is read and written here belongs to no variable any more, which sanitizers would take for a mistake.
#define MIBUN_BELOW_THE_FRAME __attribute__((noinline, no_sanitize("address", "thread", "undefined")))

namespace mibun::memory {
namespace {

constexpr std::size_t kLineWords = 8;
constexpr std::uintptr_t kLineBytes = kLineWords * sizeof(std::uint64_t);
constexpr std::uintptr_t kZerosAtEnd = 64 * 1024;
constexpr std::uintptr_t kOwnFrameMax = 512;    // of wipe_below(), which calls nothing
constexpr std::uintptr_t kLengthMax = 8 << 20;  // the main thread may have no end
constexpr std::uintptr_t kGuard = 4096;

// The lowest address that this thread may touch, with a page to spare; 0 when it cannot be told.
std::uintptr_t find_end() noexcept {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  std::size_t size = 0, guard = 0;
  const bool known =
      pthread_attr_getstack(&attributes, &lowest, &size) == 0 && pthread_attr_getguardsize(&attributes, &guard) == 0;
  pthread_attr_destroy(&attributes);
  return known ? reinterpret_cast<std::uintptr_t>(lowest) + guard + kGuard : 0;
}

// Calls nothing, so that below its frame there is nothing that anybody uses. Volatile: the compiler keeps each write
// and makes no call of them.
MIBUN_BELOW_THE_FRAME void wipe_below(std::uintptr_t end) noexcept {
  std::uintptr_t at = (reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - kOwnFrameMax) & ~(kLineBytes - 1);
  if (at > kLengthMax && end < at - kLengthMax) end = at - kLengthMax;
  std::uintptr_t zeros = 0;
  while (at >= end + kLineBytes && zeros < kZerosAtEnd) {
    at -= kLineBytes;
    zeros += kLineBytes;
    auto* line = reinterpret_cast<volatile std::uint64_t*>(at);
    if ((line[0] | line[1] | line[2] | line[3] | line[4] | line[5] | line[6] | line[7]) == 0) continue;
    for (std::size_t word = 0; word < kLineWords; ++word) line[word] = 0;
    zeros = 0;
  }
}

// What wipe_below() left out for its own frame: this one lies in the same place.
MIBUN_BELOW_THE_FRAME void wipe_its_frame() noexcept {
  std::uint8_t room[2 * kOwnFrameMax];
  secure_wipe(room);
}

}  // namespace

void wipe_unused_stack() noexcept {
  static thread_local const std::uintptr_t end = find_end();
  if (end == 0) return;
  wipe_below(end);
  wipe_its_frame();
}

}  // namespace mibun::memory
