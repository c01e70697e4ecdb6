#include <doctest/doctest.h>

#include "tests/wallet/test_issuer.h"
#include "wallet/cards.h"
#include "wallet/steps/steps.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

// An issuer with two cards; the second is the same kind of thing under another name.
struct Desk {
  Desk() : profile(device.make_profile()) {
    oid4vci::CredentialConfiguration second;
    second.id = "second";
    second.scope = "second";
    second.vct = kVct;
    second.display = {{"学生証", "ja"}, {"<b>Student card</b>", "en"}};
    second.claims = {{{"given_name"}, {{"お名前", "ja"}}}, {{"family_name"}, {}}, {{"shoe_size"}, {}}};
    issuer.further_cards = {second};
    issuer.offered = {"identity", "second"};
    trust(issuer.trusted_issuers);
    device.http.answer = [this](const HttpRequest& request) { return issuer.handle(request); };
  }
  void trust(const std::string& rows) {
    issuer.trusted_issuers = rows;
    must(device.store.write("trust", issuer.trust()));
  }
  Result<json::Object> attempt(std::string_view name, const json::Object& arguments) {
    return steps.run(name, arguments);
  }
  json::Object open() { return must(attempt("receive_open", {{"link", issuer.offer().to_uri()}, {"fetch", false}})); }
  Result<json::Object> answer(const json::Object& more = {}) {
    json::Object arguments{{"agreed", true}, {"tx_code", "1234"}};
    for (const auto& member : more) arguments[member.key()] = member.value();
    return attempt("receive_answer", arguments);
  }
  std::size_t cards() { return must(CardStore(device.store, device.keys).list()).size(); }

  TestDevice device;
  Profile profile;
  Issuer issuer;
  Steps steps{device.host};
};

json::Object card_of(const json::Object& question, std::size_t place) {
  return question.at("cards").as_array().at(place).as_object();
}

std::string trust_of(const json::Object& question) {
  return std::string(card_of(question, 0).at("trust").as_string());
}

}  // namespace

TEST_CASE("the question lists every card on offer in words, with what will be on it") {
  Desk desk;
  const json::Object question = desk.open();
  CHECK(question.at("card") == "identity");
  REQUIRE(question.at("cards").as_array().size() == 2);
  CHECK(json::serialize(card_of(question, 0)) ==
        R"({"id":"identity","name":{"ja":"身分証","en":"Digital ID"},"contents":[],"held":0,"trust":"by_card"})");
  CHECK(json::serialize(card_of(question, 1)) ==
        R"({"id":"second","name":{"ja":"学生証","en":"<b>Student card</b>"},"contents":[{"ja":"お名前","en":"お名前"},)"
        R"({"ja":"姓","en":"Family name"},{"ja":"shoe_size","en":"shoe_size"}],"held":0,"trust":"by_card"})");
}

TEST_CASE("the card that the person chose is the one that is asked for, also after a wrong code") {
  Desk desk;
  (void)desk.open();
  CHECK(must(desk.answer({{"card", "second"}, {"tx_code", "9"}})).at("card") == "second");
  const json::Object done = must(desk.answer({{"card", "second"}}));
  CHECK(done.at("card").at("name").at("ja") == "学生証");
  (void)desk.open();
  CHECK(must(desk.answer()).at("card").at("name").at("ja") == "身分証");
  CHECK(desk.issuer.asked_for == std::vector<std::string>{"second", "identity"});
}

TEST_CASE("a card that was not on offer is not asked for, and nothing of it stays") {
  Desk desk;
  desk.issuer.offered = {"identity"};
  (void)desk.open();
  const json::Object stopped = must(desk.answer({{"card", "second"}}));
  CHECK(stopped.at("step") == "stopped");
  CHECK(stopped.at("next") == "anew");
  CHECK(stopped.at("error").at("code") == "oid4vci_unknown_credential_configuration");
  CHECK(desk.issuer.asked_for.empty());
  CHECK(desk.cards() == 0);
}

TEST_CASE("what is here already is said with each card, and what has expired is not here") {
  Desk desk;
  (void)desk.open();
  (void)must(desk.answer());
  CHECK(card_of(desk.open(), 0).at("held") == 1);
  desk.device.clock.advance(std::chrono::hours(25));
  must(desk.device.store.write("trust_fetched", std::to_string(desk.device.clock.now().unix_seconds())));
  CHECK(card_of(desk.open(), 0).at("held") == 0);
}

TEST_CASE("before anything is fetched the question says what the list of issuers says") {
  struct Row {
    const char* why;
    std::string rows;
    std::string_view want;
  };
  Desk desk;
  const std::string mine = R"(["urn:mibun:identity:1"])";
  const Row rows[] = {
      {"named", desk.issuer.row(mine, R"(,"iss":["https://issuer.example"])"), "listed"},
      {"somebody, by certificate alone", desk.issuer.row(mine), "by_card"},
      {"another one is named", desk.issuer.row(mine, R"(,"iss":["https://issuer.example.evil"])"), "unlisted"},
      {"for another kind", desk.issuer.row(R"(["urn:other"])", R"(,"iss":["https://issuer.example"])"), "unlisted"},
      {"nobody", "[]", "unlisted"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    desk.trust(row.rows);
    CHECK(trust_of(desk.open()) == row.want);
  }
  // The wallet's own server, whose list it is; an address that only begins like it is not.
  desk.trust(desk.issuer.row(mine));
  for (const auto& [origin, want] :
       {std::pair("https://issuer.example", "own"), std::pair("https://issuer.exam", "by_card")}) {
    Profile profile = desk.profile;
    profile.origin = origin;
    must(save_profile(desk.device.store, profile));
    Steps steps{desk.device.host};
    const auto question = steps.run("receive_open", {{"link", desk.issuer.offer().to_uri()}, {"fetch", false}});
    CHECK(trust_of(must(question)) == want);
  }
}
