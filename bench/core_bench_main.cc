// core_bench [--tiny]: the benchmarks of the credential core as Google Benchmark's JSON.
#include <cstdio>
#include <string>
#include <string_view>

#include "bench/core_suite.h"

int main(int argc, char** argv) {
  using namespace mibun;
  const bool tiny = argc > 1 && std::string_view(argv[1]) == "--tiny";
  const Status done = bench::print_core_benchmarks_as_json(tiny ? bench::CoreSettings::tiny() : bench::CoreSettings());
  if (done) return 0;
  std::fprintf(stderr, "core_bench: %s at %s\n", std::string(to_string(done.error().code)).c_str(),
               done.error().where.c_str());
  return 1;
}
