#include "cli/terminal/help.h"

#include <doctest/doctest.h>

#include <array>
#include <set>
#include <string>

using namespace mibun;
using namespace mibun::cli;

namespace {

constexpr auto kCodes = std::to_array<ErrorCode>({
#define MIBUN_ERROR(name, number) ErrorCode::name,
#include "core/base/error_codes.def"
#undef MIBUN_ERROR
});

bool is_japanese(std::string_view text) {
  return text.find("\xe3\x81") != std::string_view::npos;  // hiragana
}

void check_text(const Text& text) {
  CAPTURE(std::string(text.en));
  CHECK(text.en.size() >= 20);
  CHECK(!is_japanese(text.en));
  CHECK(is_japanese(text.ja));
  CHECK(text.ja.size() >= 20);
}

}  // namespace

TEST_CASE("every error code has a sentence, a cause and something to do, in both languages") {
  for (const ErrorCode code : kCodes) {
    CAPTURE(to_string(code));
    check_text(sentence_for(code));
    const Help help = help_for(code);
    check_text(help.cause);
    check_text(help.next);
    // What to do is a request or says that nothing is to be done.
    const bool asks = help.next.ja.find("ください") != std::string_view::npos;
    CHECK(asks);
  }
}

TEST_CASE("no code falls through to the first group, and groups say different things") {
  std::set<std::string_view> sentences;
  for (const ErrorCode code : kCodes) {
    const Text sentence = group_sentence(code);
    sentences.insert(sentence.en);
    const bool is_base = static_cast<int>(code) < 100;
    CHECK((sentence.en == group_sentence(ErrorCode::internal_error).en) == is_base);
  }
  CHECK(sentences.size() >= 18);
}

TEST_CASE("a code is found by its name and by its number, and by nothing else") {
  for (const ErrorCode code : kCodes) {
    CHECK(find_error_code(to_string(code)).value() == code);
    CHECK(find_error_code(std::to_string(static_cast<int>(code))).value() == code);
  }
  for (const std::string_view text : {"", "0", "http", "HTTP_TIMEOUT", "http_timeout ", "1022.0", "99999", "-1"}) {
    CHECK(!find_error_code(text).has_value());
  }
}
