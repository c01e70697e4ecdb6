#include "cli/wallet/choice_screens.h"

#include <doctest/doctest.h>

#include "cli/wallet/screens.h"
#include "tests/cli/wallet/printed.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::cli;

namespace {

oid4vp::AskedCard shown(std::string credential, std::size_t card, std::size_t way, std::string name,
                        std::string value) {
  return {.credential_id = std::move(credential),
          .card = card,
          .way = way,
          .format = {},
          .type = {},
          .claims = {{dcql::ClaimPath({std::move(name)}), json::Value(value)}}};
}

wallet::ConsentQuestion::Held held(std::string id, std::string ja, std::string en) {
  wallet::Card card{.id = std::move(id), .type = {}, .issuer = {}, .name_ja = std::move(ja), .name_en = std::move(en)};
  card.issuer_name_ja = "青葉市";
  card.issuer_name_en = "Aoba City";
  card.received_at = kTestNow;
  return {.card = std::move(card), .checked_on = CalendarDate{2026, 11, 20}};
}

// Two cards answer "identity", the second in two ways; "adult" would do, too; "mail" is optional.
wallet::ConsentQuestion question() {
  wallet::ConsentQuestion asked;
  asked.held = {held("c1", "身分証", "Digital ID"), held("c2", "住民カード", "Resident card\n--also all")};
  auto& choices = asked.ask.choices;
  choices.sets = {{.required = true, .options = {{"identity"}, {"adult"}}, .proposed = 0},
                  {.required = false, .options = {{"mail"}}, .proposed = std::nullopt}};
  choices.credentials = {
      {"identity",
       {{0, {shown("identity", 0, 0, "given_name", "花子")}},
        {1, {shown("identity", 1, 1, "family_name", "別本"), shown("identity", 1, 0, "given_name", "太郎")}}}},
      {"adult", {{0, {shown("adult", 0, 0, "age", "20")}}}},
      {"mail", {{1, {shown("mail", 1, 0, "email", "taro@example.jp")}}}}};
  asked.ask.cards = {shown("identity", 0, 0, "given_name", "花子")};
  return asked;
}

std::string picked(const wallet::ConsentQuestion& asked, const WalletOptions& options) {
  const auto choosing = choose(asked, options);
  if (!choosing) return std::string(to_string(choosing.error().code)) + " " + choosing.error().where;
  std::string text;
  for (const wallet::PickedCard& one : choosing->choice()) {
    text += one.credential_id + "=" + one.card_id + "/" + std::to_string(one.way) + " ";
  }
  return text;
}

std::string drawn(Language language, const WalletOptions& options) {
  const wallet::ConsentQuestion asked = question();
  const wallet::Choosing choosing = must(choose(asked, options));
  const Printed printed;
  draw_consent(Terminal(language), asked, choosing);
  return printed.text();
}

WalletOptions with(const std::function<void(WalletOptions&)>& change) {
  WalletOptions options;
  change(options);
  return options;
}

}  // namespace

TEST_CASE("options choose at a request; without any it is what is proposed") {
  const wallet::ConsentQuestion asked = question();
  CHECK(picked(asked, {}) == "identity=c1/0 ");
  CHECK(picked(asked, with([](auto& o) { o.also = {"mail"}; })) == "identity=c1/0 mail=c2/0 ");
  CHECK(picked(asked, with([](auto& o) { o.chosen_cards = {"identity=c2"}; })) == "identity=c2/1 ");
  CHECK(picked(asked, with([](auto& o) {
                 o.chosen_ways = {"identity=0"};
                 o.chosen_cards = {"identity=c2"};
               })) == "identity=c2/0 ");
  CHECK(picked(asked, with([](auto& o) { o.instead = {"adult"}; })) == "adult=c1/0 ");
}

TEST_CASE("an option that names what is not offered, or nothing, chooses nothing") {
  const wallet::ConsentQuestion asked = question();
  CHECK(picked(asked, with([](auto& o) { o.also = {"salary"}; })) == "dcql_bad_selection salary");
  CHECK(picked(asked, with([](auto& o) { o.also = {"adult"}; })) == "dcql_bad_selection adult");
  CHECK(picked(asked, with([](auto& o) { o.instead = {"mail"}; })) == "dcql_bad_selection mail");
  CHECK(picked(asked, with([](auto& o) { o.chosen_cards = {"mail=c1"}; })) == "dcql_bad_selection c1");
  CHECK(picked(asked, with([](auto& o) { o.chosen_cards = {"c2"}; })) == "invalid_argument c2");
  CHECK(picked(asked, with([](auto& o) { o.chosen_cards = {"=c2"}; })) == "invalid_argument =c2");
  CHECK(picked(asked, with([](auto& o) { o.chosen_ways = {"identity=1x"}; })) == "invalid_argument 1x");
  CHECK(picked(asked, with([](auto& o) { o.chosen_ways = {"identity="}; })) == "invalid_argument ");
  CHECK(picked(asked, with([](auto& o) { o.chosen_ways = {"identity=7"}; })) == "dcql_bad_selection 7");
}

TEST_CASE("the question shows what is shared, in words whether it is required, and each option with its values") {
  const std::string english = drawn(Language::english, {});
  for (const std::string_view line :
       {"    Given name: 花子  [Required]\n", "--instead adult", "--also mail", "--card identity=c2", "taro@example.jp",
        "別本", "confirmed 20 Nov 2026", "Aoba City"}) {
    INFO(line);
    CHECK(english.find(line) != std::string::npos);
  }
  CHECK(english.find("\n--also all") == std::string::npos);  // nobody else's line
  CHECK(english.find("[Optional]") == std::string::npos);

  const std::string more = drawn(Language::japanese, with([](auto& o) {
                                   o.also = {"mail"};
                                   o.chosen_cards = {"identity=c2"};
                                 }));
  CHECK(more.find("姓: 別本  [必須]\n") != std::string::npos);
  CHECK(more.find("taro@example.jp  [任意]\n") != std::string::npos);
  CHECK(more.find("--also mail") == std::string::npos);
  CHECK(more.find("--card identity=c1") != std::string::npos);
  CHECK(more.find("--way identity=0") != std::string::npos);
  CHECK(more.find("選べるもの") != std::string::npos);
}

TEST_CASE("where there is nothing to choose, nothing is said of choosing") {
  wallet::ConsentQuestion asked = question();
  asked.ask.choices.sets = {{.required = true, .options = {{"adult"}}, .proposed = 0}};
  asked.ask.choices.credentials = {asked.ask.choices.credentials[1]};
  asked.ask.cards = {shown("adult", 0, 0, "age", "20")};
  const wallet::Choosing choosing = must(choose(asked, {}));
  const Printed printed;
  draw_consent(Terminal(Language::english), asked, choosing);
  CHECK(printed.text().find("You can choose") == std::string::npos);
  CHECK(printed.text().find("--") == std::string::npos);
}
