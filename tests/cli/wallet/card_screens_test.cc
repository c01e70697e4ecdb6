#include <doctest/doctest.h>

#include <iostream>
#include <sstream>

#include "cli/wallet/screens.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::cli;

namespace {

using Said = wallet::CardStatus::Said;

std::string drawn(const wallet::Card& card, Language language = Language::english) {
  std::ostringstream text;
  std::streambuf* old = std::cout.rdbuf(text.rdbuf());
  draw_card(Terminal(language), card, kTestNow);
  draw_stopped(Terminal(language), card);
  std::cout.rdbuf(old);
  return text.str();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

wallet::Card card_that_says(Said said) {
  wallet::Card card;
  card.name_ja = "身分証";
  card.name_en = "Digital ID";
  card.status.said = said;
  card.status.checked_at = kTestNow;
  return card;
}

}  // namespace

TEST_CASE("a card in the terminal says that its issuer stopped it, what to do, and when that was read") {
  struct Row {
    Said said;
    std::string_view en, ja, what;
  };
  static constexpr Row rows[] = {
      {Said::revoked, "  revoked\n", "  失効\n", "! Digital ID () was revoked by its issuer and is not used."},
      {Said::suspended, "  suspended\n", "  一時停止\n", "! Digital ID () is suspended by its issuer"},
  };
  for (const Row& row : rows) {
    const wallet::Card card = card_that_says(row.said);
    CHECK(has(drawn(card), row.en));
    CHECK(has(drawn(card), row.what));
    CHECK(has(drawn(card), "state checked  23 Nov 2026 12:00"));
    CHECK(has(drawn(card, Language::japanese), row.ja));
  }
  const std::string valid = drawn(card_that_says(Said::valid));
  CHECK(!has(valid, "revoked"));
  CHECK(!has(valid, "suspended"));
  CHECK(!has(valid, "!"));
}

TEST_CASE("what could not be checked says so, with the date of what is known") {
  wallet::Card card = card_that_says(Said::suspended);
  card.status.failure = "http_connect_failed";
  CHECK(has(drawn(card), "23 Nov 2026 12:00 (JST), not since: http_connect_failed\n"));
  CHECK(has(drawn(card), "  suspended\n"));
  card.status = {};
  CHECK(has(drawn(card), "state checked  never\n"));
}

TEST_CASE("a revoked card that has expired is revoked; a suspended one has expired") {
  wallet::Card card = card_that_says(Said::revoked);
  card.expires_at = kTestNow;
  CHECK(has(drawn(card), "  revoked\n"));
  card.status.said = Said::suspended;
  CHECK(has(drawn(card), "  expired\n"));
}
