#pragma once

#include <cstdint>

namespace mibun::bench {

// How many times this thread has called operator new so far; 0 for ever in sanitizer builds, whose own one stays. What
// the crypto library takes with malloc is not in it.
std::uint64_t allocation_count();

// Calls of operator new that one call of `work` makes, once everything is warm.
template <class Work>
double allocations_of(Work&& work) {
  constexpr int kCalls = 16;
  for (int i = 0; i < kCalls; ++i) (void)work();
  const std::uint64_t before = allocation_count();
  for (int i = 0; i < kCalls; ++i) (void)work();
  return static_cast<double>(allocation_count() - before) / kCalls;
}

}  // namespace mibun::bench
