#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/support/certificate_readers.h"

// The reader of certificates without a library and the library's see the same in every input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ReadersVerdict got = compare_readers({data, size});
  if (got.verdict != Readers::differ) return 0;
  std::fprintf(stderr, "readers differ: %s\n", got.what.c_str());
  std::abort();
}
