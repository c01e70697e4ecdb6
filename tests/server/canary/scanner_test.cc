#include "tests/server/canary/scanner.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/crypto/hash.h"
#include "tests/server/canary/search.h"

namespace mibun::server {

TEST_CASE("the scanner sees a canary in each form, each window of 16 bytes, and nothing else") {
  crypto::SystemRng rng;
  const Bytes canary = rng.bytes(32);
  CanaryScanner scanner;
  for (int i = 0; i < 50; ++i) scanner.add("many others", rng.bytes(32));
  scanner.add("somebody", canary);
  const auto sees = [&](const Bytes& bytes) { return !scanner.scan(bytes).empty(); };
  for (std::size_t at = 0; at + 16 <= canary.size(); ++at) {
    Bytes around = rng.bytes(100);
    CHECK(!sees(around));
    around.insert(around.begin() + 41, canary.begin() + static_cast<std::ptrdiff_t>(at),
                  canary.begin() + static_cast<std::ptrdiff_t>(at) + 16);
    CHECK(scanner.scan(around) == std::map<std::string, std::size_t>{{"somebody", 1}});
  }
  for (std::size_t before = 0; before < 5; ++before) {
    Bytes longer = rng.bytes(before);
    longer.insert(longer.end(), canary.begin(), canary.end());
    longer.push_back(9);
    for (const std::string& text : {base64url::encode(longer), base64::encode(longer), hex::encode(longer)}) {
      CHECK(sees(to_bytes(text)));
      for (const bool big_endian : {false, true}) {  // UTF-16
        Bytes wide;
        for (const char c : text) {
          if (big_endian) wide.push_back(0);
          wide.push_back(static_cast<std::uint8_t>(c));
          if (!big_endian) wide.push_back(0);
        }
        CHECK(sees(wide));
      }
    }
  }
  CHECK(!sees(Bytes(canary.begin(), canary.begin() + 7)));
}

TEST_CASE("who is read out of a library's own tables is known before anybody is planted") {
  CanaryScanner scanner;
  scanner.add("somebody", crypto::SystemRng().bytes(32));
  // In hex and UTF-16 what libsqlite3 has for its parser: 54, 50, 54, 50, ... of 16 bits each.
  scanner.add("like a table", as_bytes(std::string_view("mkbbbbbwqzrtaxvlpcndhfgseyiuojtk")));
  CHECK(in_own_files(scanner) == std::set<std::string>{"like a table"});
}

TEST_CASE("each form that is looked for is found among others") {
  crypto::SystemRng rng;
  CanaryScanner scanner;
  scanner.add("somebody", rng.bytes(32));
  const auto forms = scanner.forms_of("somebody");
  CHECK(forms.size() >= 18);  // raw, hex twice, base64 and base64url three times each, and all of these as UTF-16
  for (const std::string& form : forms) {
    const auto found = scanner.forms_in(to_bytes("before" + form + "after"), "somebody");
    CHECK(!found.empty());  // it, or those that have the same characters: base64url and base64 mostly do
  }
}

}  // namespace mibun::server
