#include "core/codecs/written_code.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace mibun {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kGroups = 6;

std::vector<std::uint8_t> eighteen(unsigned seed) {
  std::vector<std::uint8_t> symbols;
  for (unsigned i = 0; i < 3 * kGroups; ++i) symbols.push_back(static_cast<std::uint8_t>((seed * 7 + i * 11) % 32));
  return symbols;
}

// Where it is wrong: "code.3".
std::string where(std::string_view typed) {
  const auto read = written_code::read_checked(typed, kGroups);
  if (read) return "";
  CHECK(read.error().code == ErrorCode::invalid_argument);
  return read.error().where;
}

}  // namespace

TEST_CASE("a checked code is read as it was made, however it is typed") {
  for (unsigned seed = 0; seed < 32; ++seed) {
    const auto symbols = eighteen(seed);
    const std::string code = written_code::with_checks(symbols);
    CHECK(code.size() == 29);
    CHECK(written_code::read_checked(code, kGroups).value() == symbols);
    std::string careless;
    for (const char c : code) {
      if (c == '-') continue;
      careless += c == '0' ? 'o' : c == '1' ? 'l' : static_cast<char>(c >= 'A' ? c - 'A' + 'a' : c);
      careless += ' ';
    }
    CHECK(written_code::read_checked(careless, kGroups).value() == symbols);
  }
}

TEST_CASE("whatever single symbol is mistyped, and whichever two of a group are swapped, its group is named") {
  const std::string code = written_code::with_checks(eighteen(3));
  for (std::size_t at = 0; at < code.size(); ++at) {
    if (code[at] == '-') continue;
    CAPTURE(at);
    const std::string group = "code." + std::to_string(at / 5 + 1);
    for (const char other : kAlphabet) {
      std::string typed = code;
      typed[at] = other;
      CHECK(where(typed) == (other == code[at] ? "" : group));
    }
    for (std::size_t with = at + 1; with < code.size() && code[with] != '-'; ++with) {
      std::string typed = code;
      std::swap(typed[at], typed[with]);
      CHECK(where(typed) == (code[at] == code[with] ? "" : group));
    }
  }
}

TEST_CASE("groups in another order are noticed at the first that stands elsewhere") {
  const std::string code = written_code::with_checks(std::vector<std::uint8_t>(18, 9));
  for (std::size_t one = 0; one < kGroups; ++one) {
    for (std::size_t other = one + 1; other < kGroups; ++other) {
      std::string typed = code;
      std::swap_ranges(typed.begin() + static_cast<std::ptrdiff_t>(one * 5),
                       typed.begin() + static_cast<std::ptrdiff_t>(one * 5 + 4),
                       typed.begin() + static_cast<std::ptrdiff_t>(other * 5));
      CHECK(where(typed) == "code." + std::to_string(one + 1));
    }
  }
}

TEST_CASE("a code that is cut off or goes on, or has what no code has, is refused where it is wrong") {
  const std::string code = written_code::with_checks(eighteen(5));
  for (std::size_t length = 0; length < code.size(); ++length) {
    CHECK(where(code.substr(0, length)) == "code." + std::to_string((length + 1) / 5 + 1));
  }
  CHECK(where(code + "-") == "");
  CHECK(where(code + "0") == "code");
  std::string typed = code;
  typed[6] = 'U';
  CHECK(where(typed) == "code.2");
  typed[6] = '*';
  CHECK(where(typed) == "code.2");
  CHECK(where("") == "code.1");
}

TEST_CASE("a code without checks is taken as people type it") {
  CHECK(written_code::normalise("7kqm 3xwb-OIL") == "7KQM3XWB011");
  CHECK_FALSE(written_code::normalise("7KQU").has_value());
  CHECK_FALSE(written_code::normalise("7KQ.").has_value());
  CHECK(written_code::in_groups("7KQM3XWB0") == "7KQM-3XWB-0");
}

}  // namespace mibun
