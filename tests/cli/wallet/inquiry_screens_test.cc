#include "cli/wallet/inquiry_screens.h"

#include <doctest/doctest.h>

#include "tests/cli/wallet/printed.h"
#include "tests/cli/wallet/typed_lines.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::cli;

namespace {

wallet::InquiryTerms terms() {
  return {.country = "US",
          .country_name = {"アメリカ合衆国", "the United States of America"},
          .rules = {"制度について", "about its rules"},
          .measures = {"措置について", "about measures"},
          .kept = {"内容", "what you ask"},
          .kept_days_after_answer = 365,
          .characters_max = 2000,
          .kinds = {"card"}};
}

std::string drawn(const wallet::Inquiry& inquiry) {
  const Printed printed;
  draw_inquiry(Terminal(Language::english), inquiry);
  return printed.text();
}

}  // namespace

TEST_CASE("the country stands before everything else that is said about an inquiry, in both languages") {
  for (const auto& [language, country, rules] :
       {std::tuple{Language::japanese, "アメリカ合衆国", "制度について"},
        std::tuple{Language::english, "the United States of America", "about its rules"}}) {
    const Printed printed;
    draw_inquiry_terms(Terminal(language), terms());
    CHECK(printed.text().find(country) < printed.text().find(rules));
    CHECK(printed.text().find("365") != std::string::npos);
  }
}

TEST_CASE("only a yes agrees to the country") {
  for (const auto& [typed, agreed] :
       {std::pair{"y\n", true}, {"はい\n", true}, {"n\n", false}, {"\n", false}, {"", false}}) {
    INFO(typed);
    const TypedLines lines(typed);
    CHECK(agree_to_country(Terminal(Language::japanese), terms()) == agreed);
  }
}

TEST_CASE("an inquiry is drawn with its number, and with the answer once there is one") {
  wallet::Inquiry inquiry{
      .id = "AAAAAAAAAAAA", .kind = "card", .text = "Why?", .asked_at = kTestNow, .answered_at = {}, .answer = {}};
  CHECK(drawn(inquiry).find("inquiry: AAAAAAAAAAAA\nstate: open\n") != std::string::npos);
  CHECK(drawn(inquiry).find("answered at") == std::string::npos);
  inquiry.answered_at = kTestNow;
  inquiry.answer = "So.\nAnd so.";
  const std::string text = drawn(inquiry);
  CHECK(text.find("state: answered\n") != std::string::npos);
  CHECK(text.find("So.\n") != std::string::npos);
  CHECK(text.find("And so.\n") != std::string::npos);
}

TEST_CASE("words of an inquiry and of its answer take over no line and no terminal") {
  const std::string hostile = "a\033[2J\rb\u202E";
  const wallet::Inquiry inquiry{.id = "A\nstate: answered",
                                .kind = "\033[2J",
                                .text = hostile + "\nstate: answered",
                                .asked_at = kTestNow,
                                .answered_at = kTestNow,
                                .answer = hostile};
  const std::string text = drawn(inquiry);
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find("\u202E") == std::string::npos);
  std::size_t states = 0;
  for (std::size_t at = text.find("\nstate: "); at != std::string::npos; at = text.find("\nstate: ", at + 1)) ++states;
  CHECK(states == 1);
}
