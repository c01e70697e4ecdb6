// Stands between the engine (libFuzzer or replay_main.cc) and each fuzz target and holds every input to two limits:
// time (CPU, of the better of two runs: what is made once and what the neighbours do must not count) and the memory
// that the input holds at its worst. Breaking one is a finding like a crash. With sanitizers and coverage code runs
// some five times slower than in a release; the limit stays the same, so it is stricter than it looks.
//   MIBUN_FUZZ_SLOWEST=file   at the end: "<milliseconds> <bytes of that input> <most KiB held>", and file.input
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#define MIBUN_COUNTS_MEMORY
#endif
#endif

extern "C" int mibun_fuzz_target(const std::uint8_t* data, std::size_t size);

namespace {

#ifdef MIBUN_FUZZ
constexpr double kMillisecondsMax = 100;
#else
constexpr double kMillisecondsMax = 1000;  // unoptimised, on a machine busy with other tests
#endif
constexpr std::int64_t kHeldBytesMax = 16 << 20;

double cpu_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

// What the input at work has allocated and not freed yet, and the most it ever was.
std::atomic<std::int64_t> held{0}, held_most{0};

#ifdef MIBUN_COUNTS_MEMORY
void count(std::int64_t bytes) {
  const std::int64_t now = held.fetch_add(bytes) + bytes;
  std::int64_t most = held_most.load();
  while (now > most && !held_most.compare_exchange_weak(most, now)) {
  }
}

void on_malloc(const volatile void*, std::size_t size) {
  count(static_cast<std::int64_t>(size));
}
void on_free(const volatile void* pointer) {
  if (pointer == nullptr) return;
  const void* plain = const_cast<const void*>(pointer);
  count(-static_cast<std::int64_t>(__sanitizer_get_allocated_size(plain)));
}
#endif

// The records of this process, written when it ends.
struct Records {
  double milliseconds = 0;
  std::int64_t bytes_held = 0;
  std::vector<std::uint8_t> slowest;

  Records() {
#ifdef MIBUN_COUNTS_MEMORY
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
#endif
  }
  ~Records() {
    const char* path = std::getenv("MIBUN_FUZZ_SLOWEST");
    if (path == nullptr) return;
    std::ofstream(path) << milliseconds << ' ' << slowest.size() << ' ' << bytes_held / 1024 << '\n';
    std::ofstream(std::string(path) + ".input", std::ios::binary)
        .write(reinterpret_cast<const char*>(slowest.data()), static_cast<std::streamsize>(slowest.size()));
  }
};

double timed(const std::uint8_t* data, std::size_t size) {
  held = 0;
  held_most = 0;
  const double begin = cpu_milliseconds();
  mibun_fuzz_target(data, size);
  return cpu_milliseconds() - begin;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Records records;
  double took = timed(data, size);
  if (took > records.milliseconds) {
    const double again = timed(data, size);
    if (again < took) took = again;
  }
  if (took > records.milliseconds) {
    records.milliseconds = took;
    records.slowest.assign(data, data + size);
  }
  if (held_most > records.bytes_held) records.bytes_held = held_most;
  if (took > kMillisecondsMax) {
    std::fprintf(stderr, "mibun: SLOW INPUT: %.0f ms of CPU time, %zu bytes\n", took, size);
    std::abort();
  }
  if (held_most > kHeldBytesMax) {
    std::fprintf(stderr, "mibun: GREEDY INPUT: %lld bytes held\n", static_cast<long long>(held_most));
    std::abort();
  }
  return 0;
}
