#include "bench/allocations.h"

#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t count = 0;

}  // namespace

#ifndef MIBUN_SANITIZED
// The whole program's operator new, as libstdc++'s apart from the count; the other forms call these.
void* operator new(std::size_t size) {
  ++count;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif

namespace mibun::bench {

std::uint64_t allocation_count() {
  return count;
}

}  // namespace mibun::bench
