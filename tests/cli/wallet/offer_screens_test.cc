#include "cli/wallet/offer_screens.h"

#include <doctest/doctest.h>

#include "tests/cli/wallet/typed_lines.h"

namespace mibun::cli {
namespace {

oid4vci::AskHolder offer_of(std::initializer_list<const char*> ids) {
  oid4vci::AskHolder question;
  for (const char* id : ids) question.offered.emplace_back().id = id;
  question.configuration = question.offered.front();
  return question;
}

// What is chosen of two cards when this is typed.
std::optional<std::string> chosen(std::string_view typed, Agreement agreement) {
  const TypedLines lines(typed);
  return choose_card(Terminal(Language::english), offer_of({"identity", "photo_id"}), agreement);
}

const std::optional<std::string> kNone, kFirst = "identity", kSecond = "photo_id";

}  // namespace

TEST_CASE("of several cards one is chosen by its number; yes is the first") {
  for (const Agreement agreement : {Agreement::ask, Agreement::given}) {
    CHECK(chosen("1\n", agreement) == kFirst);
    CHECK(chosen("2\n", agreement) == kSecond);
    for (const char* yes : {"y\n", "Y\n", "yes\n", "はい\n"}) CHECK(chosen(yes, agreement) == kFirst);
    for (const char* no : {"n\n", "N\n", "no\n", "いいえ\n"}) CHECK(chosen(no, agreement) == kNone);
  }
}

TEST_CASE("who says nothing gets the first card if they agreed before, and none if they did not") {
  for (const char* nothing : {"", "\n"}) {
    CHECK(chosen(nothing, Agreement::given) == kFirst);
    CHECK(chosen(nothing, Agreement::ask) == kNone);
  }
}

TEST_CASE("what is no answer is asked again, and chooses nothing") {
  for (const Agreement agreement : {Agreement::ask, Agreement::given}) {
    for (const char* wrong : {"3\n", "0\n", "-1\n", "2x\n", "photo_id\n", "99999999999999999999\n"}) {
      CHECK(chosen(std::string(wrong) + "2\n", agreement) == kSecond);
      CHECK(chosen(std::string(wrong) + "n\n", agreement) == kNone);
    }
  }
}

TEST_CASE("a single card is asked about unless the person agreed before") {
  const auto answer = [](std::string_view typed, Agreement agreement) {
    const TypedLines lines(typed);
    return choose_card(Terminal(Language::english), offer_of({"identity"}), agreement);
  };
  CHECK(answer("y\n", Agreement::ask) == kFirst);
  CHECK(answer("n\n", Agreement::ask) == kNone);
  CHECK(answer("", Agreement::ask) == kNone);
  CHECK(answer("", Agreement::given) == kFirst);
}

}  // namespace mibun::cli
