#include <doctest/doctest.h>

#include "core/oid4vp/consent.h"
#include "tests/wallet/test_gateway.h"
#include "wallet/choosing.h"
#include "wallet/presentation.h"
#include "wallet/receipts.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

constexpr std::string_view kQuery = R"({"credentials":[
    {"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
     "claims":[{"id":"g","path":["given_name"]},{"id":"f","path":["family_name"]},
               {"id":"a","path":["age_equal_or_over","20"]}],
     "claim_sets":[["g","f"],["a"]]},
    {"id":"adult","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
     "claims":[{"path":["age_equal_or_over","20"]}]},
    {"id":"nation","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
     "claims":[{"path":["nationalities",null]}]}],
  "credential_sets":[{"options":[["identity"],["adult"]]},{"options":[["nation"]],"required":false}]})";

// "hanako" and "taro" have two copies each; only Hanako's says a nationality, when the issuer looked, and runs out in
// an hour. "old" has run out, "empty" has no copy left.
struct Scene {
  explicit Scene(std::string_view query = kQuery) : gateway(oid4vp::object_of(query)), profile(device.make_profile()) {
    must(device.store.write("trust", gateway.trust()));
    json::Object hanako = oid4vp::TestCards::full_claims();
    hanako["provenance"] = oid4vp::object_of(R"({"checked_on":"2026-11-20","sources":{}})");
    const json::Object taro =
        oid4vp::object_of(R"({"given_name":"太郎","family_name":"別本","age_equal_or_over":{"20":true}})");
    give_card(device, gateway, 2, hanako, "hanako", kTestNow + std::chrono::hours(1));
    give_card(device, gateway, 2, taro, "taro");
    give_card(device, gateway, 2, taro, "old", kTestNow);
    give_card(device, gateway, 1, taro, "empty");
    must(CardStore(device.store, device.keys).spend(*must(CardStore(device.store, device.keys).next_copy("empty"))));
    device.http.answer = [this](const HttpRequest& request) { return gateway.handle(request); };
  }
  std::unique_ptr<Presentation> open() {
    return must(Presentation::open(device.host, api, profile, gateway.link(), oid4vp::encrypted_profile()));
  }
  static Answer agree(std::optional<std::vector<PickedCard>> choice) {
    return {.decision = Decision::agree, .language = "ja", .pairing_code = {}, .choice = std::move(choice)};
  }
  std::size_t copies_left(std::string_view id) {
    for (const Card& card : must(CardStore(device.store, device.keys).list())) {
      if (card.id == id) return card.copies_left;
    }
    return 99;
  }
  std::vector<HistoryEvent> events() { return must(HistoryBook(device.host).list()); }
  std::string received() {
    std::string text;
    for (const auto& [id, list] : std::get<oid4vp::VerifiedResponse>(*gateway.received).credentials) {
      for (const auto& one : list) text += id + json::serialize(one.claims);
    }
    return text;
  }

  Gateway gateway;
  TestDevice device;
  Profile profile;
  ServerApi api{device.host, "https://wallet.example"};
};

std::string texts(const std::vector<PickedCard>& choice) {
  std::string text;
  for (const PickedCard& one : choice)
    text += one.credential_id + "=" + one.card_id + "/" + std::to_string(one.way) + " ";
  return text;
}

}  // namespace

TEST_CASE("the person's choice is what is shared, spent, received and remembered") {
  Scene scene;
  const auto presentation = scene.open();
  const ConsentQuestion& question = presentation->question();
  CHECK(question.held.size() == 2);  // neither the one that ran out nor the one without copies
  for (const ConsentQuestion::Held& held : question.held)
    CHECK(held.checked_on.has_value() == (held.card.id == "hanako"));

  const auto turn = must(presentation->answer(Scene::agree({{{"identity", "taro", 0}, {"nation", "hanako", 0}}})));
  const auto& presented = std::get<Presented>(turn);
  CHECK(presented.outcome == Presented::Outcome::shared);
  CHECK(scene.received() == R"(identity{"given_name":"太郎","family_name":"別本"}nation{"nationalities":["JP","DE"]})");
  CHECK(scene.copies_left("taro") == 1);
  CHECK(scene.copies_left("hanako") == 1);

  const std::vector<std::string> shared{R"(["given_name"])", R"(["family_name"])", R"(["nationalities",0])",
                                        R"(["nationalities",1])"};
  CHECK(scene.events().back().kind == "shared");
  CHECK(scene.events().back().claims == shared);
  REQUIRE(presented.receipt);
  const auto receipts = must(list_receipts(scene.device.host));
  const auto& consent = std::get<receipt::ConsentReceipt>(receipts.at(0).checked.content).consent;
  const oid4vp::Consent agreed = must(oid4vp::Consent::parse(consent));
  CHECK(agreed.claims.at("identity").size() == 2);
  CHECK(agreed.claims.at("nation").size() == 1);
}

TEST_CASE(
    "only the chosen card's copy is spent; without a choice it is the proposed one's, and nothing optional goes") {
  Scene chosen;
  (void)must(chosen.open()->answer(Scene::agree({{{"adult", "taro", 0}}})));
  CHECK(chosen.copies_left("taro") == 1);
  CHECK(chosen.copies_left("hanako") == 2);
  CHECK(chosen.received() == R"(adult{"age_equal_or_over":{"20":true}})");

  Scene proposed;
  const auto presentation = proposed.open();
  const std::string first = presentation->question().held.at(presentation->question().ask.cards.at(0).card).card.id;
  (void)must(presentation->answer(Scene::agree(std::nullopt)));
  CHECK(proposed.copies_left(first) == 1);
  CHECK(proposed.copies_left("taro") + proposed.copies_left("hanako") == 3);
  CHECK(proposed.received().starts_with("identity"));
  CHECK(proposed.received().find("nation") == std::string::npos);
}

TEST_CASE("a choice that may not be shared is refused before the person is asked to prove anything; nothing goes out") {
  struct Row {
    std::string_view why;
    std::vector<PickedCard> choice;
    ErrorCode want;
  };
  const Row rows[] = {
      {"a card of somebody else", {{"identity", "stranger", 0}}, ErrorCode::dcql_bad_selection},
      {"a card that ran out", {{"identity", "old", 0}}, ErrorCode::dcql_bad_selection},
      {"a card without copies", {{"identity", "empty", 0}}, ErrorCode::dcql_bad_selection},
      {"an option that nobody asked for",
       {{"identity", "taro", 0}, {"salary", "taro", 0}},
       ErrorCode::dcql_bad_selection},
      {"a value beyond the question", {{"identity", "taro", 2}}, ErrorCode::dcql_bad_selection},
      {"a card that does not have it", {{"identity", "taro", 0}, {"nation", "taro", 0}}, ErrorCode::dcql_bad_selection},
      {"both of which one is due", {{"identity", "taro", 0}, {"adult", "taro", 0}}, ErrorCode::dcql_bad_selection},
      {"the required one left out", {{"nation", "hanako", 0}}, ErrorCode::dcql_not_satisfied},
      {"nothing", {}, ErrorCode::dcql_not_satisfied},
  };
  Scene scene;
  const auto presentation = scene.open();
  const std::size_t sent = scene.device.http.sent.size();
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(presentation->answer(Scene::agree(row.choice))) == row.want);
    CHECK(!presentation->is_over());
  }
  CHECK(scene.device.http.sent.size() == sent);
  CHECK(scene.device.holder.asked + scene.device.holder.asked_again == 0);
  CHECK(scene.copies_left("taro") == 2);
  CHECK(scene.copies_left("hanako") == 2);
  CHECK(scene.events().empty());
  // Another try is the person's own.
  (void)must(presentation->answer(Scene::agree({{{"identity", "taro", 1}}})));
  CHECK(scene.received() == R"(identity{"age_equal_or_over":{"20":true}})");
}

TEST_CASE("a card that runs out while the person reads is not shown; another one may be chosen") {
  Scene scene;
  scene.gateway.transaction.parameters.expires_at = kTestNow + std::chrono::hours(1) + seconds(60);
  const auto presentation = scene.open();
  scene.device.clock.advance(std::chrono::hours(1));
  CHECK(code_of(presentation->answer(Scene::agree({{{"identity", "hanako", 0}}}))) ==
        ErrorCode::wallet_no_matching_card);
  CHECK(scene.device.holder.asked_again == 0);
  CHECK(scene.copies_left("hanako") == 2);
  CHECK(scene.gateway.answers == 0);
  CHECK(!presentation->is_over());
}

TEST_CASE("a card whose copies went elsewhere while the person read: nothing is sent") {
  Scene scene;
  const auto presentation = scene.open();
  CardStore cards(scene.device.store, scene.device.keys);
  while (const auto copy = must(cards.next_copy("taro"))) must(cards.spend(*copy));
  CHECK(code_of(presentation->answer(Scene::agree({{{"identity", "taro", 0}}}))) == ErrorCode::wallet_no_copy_left);
  CHECK(scene.gateway.answers == 0);
  CHECK(scene.copies_left("hanako") == 2);
  CHECK(scene.events().back().kind == "failed");
}

TEST_CASE("stopping after having chosen records what was asked, not what was picked") {
  Scene scene;
  const auto presentation = scene.open();
  Answer no = Scene::agree({{{"identity", "taro", 0}, {"nation", "hanako", 0}}});
  no.decision = Decision::refuse;
  CHECK(std::get<Presented>(must(presentation->answer(no))).outcome == Presented::Outcome::refused);
  CHECK(scene.device.http.sent.back().body.starts_with("error=access_denied"));
  CHECK(scene.events().back().claims.size() == 2);
  CHECK(scene.copies_left("taro") + scene.copies_left("hanako") == 4);
}

TEST_CASE("choosing begins with what is proposed, and takes only what is offered") {
  Scene scene;
  const auto presentation = scene.open();
  const ConsentQuestion& question = presentation->question();
  Choosing choosing(question);
  const std::string first = question.held.at(question.ask.cards.at(0).card).card.id;
  CHECK(texts(choosing.choice()) == "identity=" + first + "/0 ");
  CHECK(choosing.is_required("identity"));

  CHECK(code_of(choosing.also("identity")) == ErrorCode::dcql_bad_selection);   // required, not optional
  CHECK(code_of(choosing.instead("nation")) == ErrorCode::dcql_bad_selection);  // optional, not in place of anything
  CHECK(code_of(choosing.use_card("identity", "old")) == ErrorCode::dcql_bad_selection);
  CHECK(code_of(choosing.use_card("nation", "taro")) == ErrorCode::dcql_bad_selection);  // it does not have it
  CHECK(code_of(choosing.use_card("salary", "taro")) == ErrorCode::dcql_bad_selection);
  CHECK(code_of(choosing.use_way("salary", 0)) == ErrorCode::dcql_bad_selection);
  CHECK(code_of(choosing.use_way("identity", 2)) == ErrorCode::dcql_bad_selection);
  CHECK(texts(choosing.choice()) == "identity=" + first + "/0 ");

  must(choosing.also("nation"));
  must(choosing.use_card("identity", "taro"));
  CHECK(texts(choosing.choice()) == "identity=taro/1 nation=hanako/0 ");  // what reveals least of that card
  must(choosing.use_way("identity", 0));
  CHECK(texts(choosing.choice()) == "identity=taro/0 nation=hanako/0 ");
  CHECK(!choosing.is_required("nation"));
  must(choosing.instead("adult"));
  must(choosing.use_card("adult", "taro"));
  CHECK(texts(choosing.choice()) == "adult=taro/0 nation=hanako/0 ");
  CHECK(!choosing.is_required("identity"));
  (void)must(presentation->answer(Scene::agree(choosing.choice())));
  CHECK(scene.received() == R"(adult{"age_equal_or_over":{"20":true}}nation{"nationalities":["JP","DE"]})");
}

TEST_CASE("whoever asks the person may leave the question without an answer: nothing is sent, and the history has it") {
  Scene scene;
  const auto left = answer_request(
      scene.device.host, scene.api, scene.profile, scene.gateway.link(), oid4vp::encrypted_profile(),
      [](const ConsentQuestion&) -> Result<Answer> { return fail(ErrorCode::dcql_bad_selection, "--card"); },
      [](const std::string&) { return std::nullopt; });
  CHECK(code_of(left) == ErrorCode::dcql_bad_selection);
  CHECK(scene.gateway.answers == 0);
  CHECK(scene.device.http.sent.size() == 1);
  CHECK(scene.events().back().kind == "failed");
}
