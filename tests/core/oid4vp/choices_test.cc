#include "core/oid4vp/choices.h"

#include <doctest/doctest.h>

#include "core/oid4vp/wallet_flow.h"
#include "tests/core/oid4vp/simulation.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

constexpr std::string_view kQuery = R"({"credentials":[
    {"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
     "claims":[{"id":"g","path":["given_name"]},{"id":"f","path":["family_name"]},
               {"id":"a","path":["age_equal_or_over","20"]}],
     "claim_sets":[["g","f"],["a"]]},
    {"id":"adult","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
     "claims":[{"path":["age_equal_or_over","20"]}]},
    {"id":"nation","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
     "claims":[{"path":["nationalities",null],"values":["JP","DE"]}]}],
  "credential_sets":[{"options":[["identity"],["adult"]]},{"options":[["nation"]],"required":false}]})";

// Hanako's card and Taro's, which has another nationality; both answer "identity" and "adult".
struct TwoCards : Simulation {
  explicit TwoCards(std::string_view query = kQuery) : Simulation(RequestUriMethod::post, object_of(query)) {
    cards.add(world);
    cards.add(
        world, world.issuer,
        object_of(
            R"({"given_name":"太郎","family_name":"別本","age_equal_or_over":{"20":true},"nationalities":["FR"]})"));
  }
  VerifiedResponse share(PresentationFlow& flow, std::optional<HolderChoice> choice) {
    const HttpRequest post = answer(flow, Agreed{"ja", std::nullopt, std::move(choice)});
    return std::get<VerifiedResponse>(must(receive(post)));
  }
};

std::string shown(const VerifiedResponse& response) {
  std::string text;
  for (const auto& [id, credentials] : response.credentials) {
    for (const PresentedCredential& one : credentials) text += id + json::serialize(one.claims);
  }
  return text;
}

std::string texts(const std::vector<AskedCard>& cards) {
  std::string text;
  for (const AskedCard& card : cards) {
    text += card.credential_id + ":" + std::to_string(card.card) + ":" + std::to_string(card.way) + "=";
    for (const AskedClaim& claim : card.claims) text += json::serialize(claim.value);
    text += " ";
  }
  return text;
}

}  // namespace

TEST_CASE("the question has what is proposed, and what else may be chosen, with its values") {
  TwoCards simulation;
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  CHECK(texts(ask.cards) == R"(identity:0:0="花子""見本" )");  // the verifier's preference; nothing optional
  REQUIRE(ask.choices.sets.size() == 2);
  CHECK(ask.choices.sets[0].required);
  CHECK(ask.choices.sets[0].options == std::vector<std::vector<std::string>>{{"identity"}, {"adult"}});
  CHECK(ask.choices.sets[0].proposed == 0);
  CHECK(!ask.choices.sets[1].required);
  CHECK(ask.choices.sets[1].options == std::vector<std::vector<std::string>>{{"nation"}});
  CHECK(!ask.choices.sets[1].proposed);

  REQUIRE(ask.choices.credentials.size() == 3);
  const AskedCredential& identity = ask.choices.credentials[0];
  CHECK(identity.credential_id == "identity");
  REQUIRE(identity.cards.size() == 2);
  CHECK(texts(identity.cards[0].ways) ==
        R"(identity:0:1=true identity:0:0="花子""見本" )");  // what reveals least first
  CHECK(texts(identity.cards[1].ways) == R"(identity:1:1=true identity:1:0="太郎""別本" )");
  REQUIRE(ask.choices.credentials[2].cards.size() == 1);
  CHECK(texts(ask.choices.credentials[2].cards[0].ways) == R"(nation:0:0="JP""DE" )");
  CHECK(simulation.cards.signers_asked == 0);
}

TEST_CASE("a query without credential sets is one set, all of it required") {
  TwoCards simulation(json::serialize(shop_query()));
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  REQUIRE(ask.choices.sets.size() == 1);
  CHECK(ask.choices.sets[0].required);
  CHECK(ask.choices.sets[0].options == std::vector<std::vector<std::string>>{{"identity"}});
  CHECK(ask.choices.sets[0].proposed == 0);
  REQUIRE(ask.choices.credentials.size() == 1);
  CHECK(ask.choices.credentials[0].cards.size() == 2);
}

TEST_CASE("a query with very many claim sets is offered in the ways that show least, and in the proposed one") {
  // The first set, which is proposed, shows two values, each other one.
  std::string claims = R"({"id":"g","path":["given_name"]})", sets = R"(["g","f0"])";
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(i);
    claims += R"(,{"id":"f)" + n + R"(","path":["nationalities",)" + n + "]}";
    sets += R"(,["f)" + n + R"("])";
  }
  Simulation simulation(RequestUriMethod::post, object_of(R"({"credentials":[{"id":"identity","format":"dc+sd-jwt",
                          "meta":{"vct_values":["https://issuer.example/vct/identity"]},"claims":[)" +
                                                          claims + R"(],"claim_sets":[)" + sets + "]}]}"));
  json::Object person = TestCards::full_claims();
  json::Array& nations = person["nationalities"].as_array();
  while (nations.size() < 20) nations.push_back(json::Value("N" + std::to_string(nations.size())));
  simulation.cards.add(simulation.world, simulation.world.issuer, person);
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  const std::vector<AskedCard>& ways = ask.choices.credentials.at(0).cards.at(0).ways;
  CHECK(ways.size() == kWaysMax + 1);
  CHECK(ways.front().claims.size() == 1);
  CHECK(ways.back().way == ask.cards.at(0).way);
  CHECK(ways.back().claims.size() == 2);
}

TEST_CASE("what was chosen is shown and consented to, and nothing else") {
  struct Row {
    std::string_view why;
    std::optional<HolderChoice> choice;
    std::string_view would_show, shown, consented;
  };
  const Row rows[] = {
      {"no choice", std::nullopt, R"(identity:0:0="花子""見本" )",
       R"(identity{"given_name":"花子","family_name":"見本"})", R"({"identity":[["given_name"],["family_name"]]})"},
      {"the second card", HolderChoice{{"identity", 1, 0}}, R"(identity:1:0="太郎""別本" )",
       R"(identity{"given_name":"太郎","family_name":"別本"})", R"({"identity":[["given_name"],["family_name"]]})"},
      {"less of it", HolderChoice{{"identity", 1, 1}}, R"(identity:1:1=true )",
       R"(identity{"age_equal_or_over":{"20":true}})", R"({"identity":[["age_equal_or_over","20"]]})"},
      {"the other option", HolderChoice{{"adult", 0, 0}}, R"(adult:0:0=true )",
       R"(adult{"age_equal_or_over":{"20":true}})", R"({"adult":[["age_equal_or_over","20"]]})"},
      {"the optional one, too", HolderChoice{{"identity", 1, 0}, {"nation", 0, 0}},
       R"(identity:1:0="太郎""別本" nation:0:0="JP""DE" )",
       R"(identity{"given_name":"太郎","family_name":"別本"}nation{"nationalities":["JP","DE"]})",
       R"({"identity":[["given_name"],["family_name"]],"nation":[["nationalities",null]]})"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    TwoCards simulation;
    PresentationFlow flow = simulation.flow();
    (void)simulation.ask(flow);
    CHECK(texts(must(flow.would_show(row.choice))) == row.would_show);
    CHECK(simulation.cards.signers_asked == 0);
    const VerifiedResponse response = simulation.share(flow, row.choice);
    CHECK(shown(response) == row.shown);
    CHECK(response.excess.empty());
    CHECK(simulation.cards.signers_asked == static_cast<int>(row.choice ? row.choice->size() : 1));
    const json::Object consent = object_of(*response.consent);
    CHECK(json::serialize(consent.at("claims")) == row.consented);
  }
}

TEST_CASE("a choice that was not offered, or is not enough, is refused, and the question stays open") {
  struct Row {
    std::string_view why;
    HolderChoice choice;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing at all", {}, ErrorCode::dcql_not_satisfied},
      {"only what is optional", {{"nation", 0, 0}}, ErrorCode::dcql_not_satisfied},
      {"what nobody asked for", {{"identity", 0, 0}, {"passport", 0, 0}}, ErrorCode::dcql_bad_selection},
      {"a card that is not there", {{"identity", 2, 0}}, ErrorCode::dcql_bad_selection},
      {"a card that does not answer", {{"identity", 0, 0}, {"nation", 1, 0}}, ErrorCode::dcql_bad_selection},
      {"claims that are not a set of the query", {{"identity", 0, 2}}, ErrorCode::dcql_bad_selection},
      {"far beyond", {{"identity", 0, 64}}, ErrorCode::dcql_bad_selection},
      {"two cards where one is due", {{"identity", 0, 0}, {"identity", 1, 0}}, ErrorCode::dcql_bad_selection},
      {"one card twice", {{"identity", 0, 0}, {"identity", 0, 1}}, ErrorCode::dcql_bad_selection},
      {"both options where one is due", {{"identity", 0, 0}, {"adult", 0, 0}}, ErrorCode::dcql_bad_selection},
  };
  TwoCards simulation;
  PresentationFlow flow = simulation.flow();
  CHECK(code_of(flow.would_show(std::nullopt)) == ErrorCode::invalid_argument);
  (void)simulation.ask(flow);
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(flow.would_show(row.choice)) == row.want);
    CHECK(code_of(flow.advance(Agreed{"ja", std::nullopt, row.choice}, kTestNow)) == row.want);
    CHECK(simulation.cards.signers_asked == 0);
    CHECK(!flow.consent());
  }
  CHECK(shown(simulation.share(flow, HolderChoice{{"adult", 1, 0}})) == R"(adult{"age_equal_or_over":{"20":true}})");
}

TEST_CASE("where nothing is required nothing is proposed, and something has to be chosen") {
  constexpr std::string_view query = R"({"credentials":[
      {"id":"nation","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
       "claims":[{"path":["nationalities",null],"values":["JP","DE"]}]},
      {"id":"age","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
       "claims":[{"path":["age_equal_or_over","20"],"values":[true]}]}],
    "credential_sets":[{"options":[["nation"]],"required":false},{"options":[["age"]],"required":false}]})";
  TwoCards simulation(query);
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  CHECK(ask.cards.empty());
  CHECK(ask.missing.empty());
  CHECK(ask.choices.sets.size() == 2);
  CHECK(code_of(flow.advance(Agreed{"ja"}, kTestNow)) == ErrorCode::oid4vp_nothing_to_present);
  CHECK(code_of(flow.advance(Agreed{"ja", std::nullopt, HolderChoice{}}, kTestNow)) == ErrorCode::dcql_not_satisfied);
  CHECK(shown(simulation.share(flow, HolderChoice{{"nation", 0, 0}})) == R"(nation{"nationalities":["JP","DE"]})");

  // An optional one that no card answers is not offered; where none is, nothing answers.
  Simulation lacking(RequestUriMethod::post, object_of(query));
  lacking.cards.add(lacking.world, lacking.world.issuer,
                    object_of(R"({"age_equal_or_over":{"20":false},"nationalities":["FR"]})"));
  PresentationFlow other = lacking.flow();
  const AskHolder nothing = lacking.ask(other);
  CHECK(nothing.choices.sets.empty());
  CHECK(nothing.choices.credentials.empty());
  CHECK(nothing.missing.size() == 2);
  CHECK(code_of(other.advance(Agreed{"ja", std::nullopt, HolderChoice{{"nation", 0, 0}}}, kTestNow)) ==
        ErrorCode::oid4vp_nothing_to_present);
}

TEST_CASE("what is authorized stays with a card that the transaction names, whatever is chosen") {
  TwoCards simulation;
  simulation.transaction.parameters.transaction_data = {
      must(TransactionData::make(Approval{"order-1", {"注文の確定", "Confirm the order"}, std::nullopt}, {"identity"},
                                 simulation.transaction.query))};
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  CHECK(ask.choices.sets.at(0).options ==
        std::vector<std::vector<std::string>>{{"identity"}});  // "adult" is no way out
  CHECK(ask.choices.sets.at(0).proposed == 0);
  CHECK(code_of(flow.would_show(HolderChoice{{"adult", 0, 0}})) == ErrorCode::dcql_not_satisfied);
  CHECK(code_of(flow.advance(Agreed{"ja", std::nullopt, HolderChoice{{"adult", 0, 0}}}, kTestNow)) ==
        ErrorCode::dcql_not_satisfied);
  CHECK(simulation.cards.signers_asked == 0);
  const auto agreed = flow.advance(Agreed{"ja", std::nullopt, HolderChoice{{"identity", 1, 1}}}, kTestNow);
  CHECK(agreed.has_value());
}

TEST_CASE("several cards may answer one question where the query says so: the consent names what any of them shows") {
  json::Object query = shop_query();
  json::Object& credential = query["credentials"].as_array()[0].as_object();
  credential["multiple"] = true;
  TwoCards simulation(json::serialize(query));
  PresentationFlow flow = simulation.flow();
  CHECK(simulation.ask(flow).cards.size() == 1);
  const VerifiedResponse response = simulation.share(flow, HolderChoice{{"identity", 0, 0}, {"identity", 1, 0}});
  CHECK(response.credentials.at("identity").size() == 2);
  CHECK(object_of(*response.consent).at("claims").as_object().at("identity").as_array().size() == 3);
}

TEST_CASE("nothing is signed beyond the registration, wherever a selection came from") {
  const World world;
  const dcql::Query query = must(dcql::Query::parse(object_of(kQuery)));
  dcql::Selection selection{.credential = 0, .card = 0, .claim_set = 0, .choice = {}};
  selection.choice.asked = {path_of(R"(["given_name"])")};
  CHECK(check_registered(world.registration(), query, std::span(&selection, 1)).has_value());
  selection.choice.asked.push_back(path_of(R"(["document_number"])"));
  CHECK(code_of(check_registered(world.registration(), query, std::span(&selection, 1))) ==
        ErrorCode::oid4vp_claim_not_registered);
}
