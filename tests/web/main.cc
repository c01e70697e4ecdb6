// The entry of a doctest program in the browser's build. MIBUN_CASES, MIBUN_EXCEPT: doctest's filters of test cases.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdlib>

extern "C" __attribute__((export_name("mibun_run_tests"))) int mibun_run_tests() {
  doctest::Context context;
  if (const char* cases = std::getenv("MIBUN_CASES")) context.addFilter("test-case", cases);
  if (const char* cases = std::getenv("MIBUN_EXCEPT")) context.addFilter("test-case-exclude", cases);
  return context.run();
}
