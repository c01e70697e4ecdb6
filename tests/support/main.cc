#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

// MIBUN_ROUNDS=N runs the chosen cases N times in this one process: for those that race (tools/races).
int main(int argc, char** argv) {
  const char* text = std::getenv("MIBUN_ROUNDS");
  const long rounds = text == nullptr ? 1 : std::strtol(text, nullptr, 10);
  int failed = rounds < 1 ? 1 : 0;
  long round = 0;
  for (; round < rounds && failed == 0; ++round) {
    doctest::Context context(argc, argv);
    failed = context.run();
    if (context.shouldExit()) break;
  }
  if (text != nullptr) std::printf("%ld of %ld rounds\n", round, rounds);
  return failed;
}
