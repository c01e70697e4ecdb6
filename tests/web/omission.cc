// The omission harness (tests/omission) in the browser's build. MIBUN_LIST: its list of optional places.
#include <cstdio>
#include <cstdlib>

int omission_main(int argc, char** argv);

extern "C" __attribute__((export_name("mibun_run_tests"))) int mibun_run_tests() {
  char program[] = "omission";
  char* arguments[] = {program, std::getenv("MIBUN_LIST"), nullptr};
  const int failed = omission_main(arguments[1] == nullptr ? 1 : 2, arguments);
  std::fflush(stdout);  // nobody exits here
  return failed;
}
