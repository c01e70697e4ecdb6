#include "server/api/problem.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/codecs/json.h"

using namespace mibun;
using namespace mibun::server;

namespace {

constexpr auto kCodes = std::to_array<ErrorCode>({
#define MIBUN_ERROR(name, number) ErrorCode::name,
#include "core/base/error_codes.def"
#undef MIBUN_ERROR
});

bool has_hiragana(std::string_view text) {
  return text.find("\xe3\x81") != std::string_view::npos || text.find("\xe3\x82") != std::string_view::npos;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void check_words(const ProblemWords& words) {
  CAPTURE(std::string(words.en));
  CHECK(words.en.size() >= 10);
  CHECK(is_ascii(words.en));
  CHECK(words.en.ends_with('.'));
  CHECK(has_hiragana(words.ja));
  CHECK(words.ja.ends_with("。"));
}

// UX: words that only a builder of wallets knows have no place where a person reads.
void check_plain(std::string_view text) {
  for (const std::string_view word : {"something went wrong", "credential", "holder", "verifier", "DID", "exception"}) {
    CHECK(text.find(word) == std::string_view::npos);
  }
}

std::string text_of(const json::Object& body, std::string_view member) {
  return std::string(body.at(member).as_string());
}

json::Object body_of(ErrorCode code, std::string_view accept_language) {
  return json::parse_object(problem(code, accept_language).body).value();
}

}  // namespace

TEST_CASE("every code says what happened and what to do next, in both languages") {
  for (const ErrorCode code : kCodes) {
    CAPTURE(to_string(code));
    const ProblemText text = problem_text(code);
    CHECK(text.status >= 400);
    CHECK(text.status <= 503);
    check_words(text.what);
    check_words(text.next);
    check_plain(text.what.en);
    check_plain(text.next.en);
    // What to do is asked for, not told as a fact.
    CHECK(text.next.ja.find("ください") != std::string_view::npos);
    CHECK(text.what.en != text.next.en);
    CHECK(text.what.ja != text.next.ja);
  }
}

TEST_CASE("a problem document carries both sentences in the language that was asked for") {
  for (const ErrorCode code : kCodes) {
    CAPTURE(to_string(code));
    const ProblemText text = problem_text(code);
    for (const bool japanese : {false, true}) {
      const json::Object body = body_of(code, japanese ? "ja,en;q=0.5" : "en-GB");
      CHECK(text_of(body, "title") == text.what.in(japanese));
      CHECK(text_of(body, "detail") == text.next.in(japanese));
      CHECK(text_of(body, "code") == to_string(code));
      CHECK(body.at("status").as_int64() == text.status);
    }
  }
}

TEST_CASE("a code that nobody wrote a row for is a fault of the request, or one of ours that can be tried again") {
  CHECK(problem_text(ErrorCode::json_bad_value).status == 400);
  for (const ErrorCode code : kCodes) {
    CAPTURE(to_string(code));
    if (is_ours_to_mend(code)) CHECK(problem_text(code).status == 503);
  }
}

TEST_CASE("a refusal before any handler has its own status, the sentences of its code and the reason") {
  const auto answer = problem_before_route({408, ErrorCode::request_malformed, "the headers took too long", {}});
  CHECK(answer.status == 408);
  const json::Object body = json::parse_object(answer.body).value();
  CHECK(body.at("status").as_int64() == 408);
  CHECK(text_of(body, "reason") == "the headers took too long");
  CHECK(text_of(body, "detail") == problem_text(ErrorCode::request_malformed).next.en);

  const auto japanese = problem_before_route({404, ErrorCode::route_not_found, {}, "ja"});
  const json::Object other = json::parse_object(japanese.body).value();
  CHECK(text_of(other, "title") == problem_text(ErrorCode::route_not_found).what.ja);
  CHECK_FALSE(other.contains("reason"));
}
