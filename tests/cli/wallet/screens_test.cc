#include "cli/wallet/screens.h"

#include <doctest/doctest.h>

using namespace mibun::cli;

TEST_CASE("nobody else's text takes over the terminal") {
  struct Row {
    std::string_view why, text, want;
  };
  static constexpr Row rows[] = {
      {"plain", "みほん商店 (Sample) ✓", "みほん商店 (Sample) ✓"},
      {"escape sequence", "a\033[2Jb", "a\uFFFD[2Jb"},
      {"a line of its own", "a\noutcome: shared", "a\uFFFDoutcome: shared"},
      {"carriage return", "a\rb", "a\uFFFDb"},
      {"delete", "a\x7F", "a\uFFFD"},
      {"C1 control", "a\u009Bb", "a\uFFFDb"},
      {"right-to-left override", "a\u202Eb", "a\uFFFDb"},
      {"isolate", "a\u2066b", "a\uFFFDb"},
      {"line separator", "a\u2028b", "a\uFFFDb"},
      {"mark", "a\u200Fb", "a\uFFFDb"},
      {"neighbours that are harmless", "\u2027\u202F\u2065\u206A\u00A0", "\u2027\u202F\u2065\u206A\u00A0"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(printable(row.text) == row.want);
  }
}
