#include "core/oid4vp/pairing.h"

#include <doctest/doctest.h>

#include "tests/core/oid4vp/world.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

PairingDemand demand() {
  return {"https://shop.example"};
}

// A wallet in front of a request from another device, and the gateway's answer as we say.
struct Simulation {
  Simulation() : transaction(world) {
    cards.add(world);
    transaction.parameters.pairing = demand();
    const Step fetch = must(flow.advance(
        Started{RequestLink{world.client_id, "https://gateway.example/r", RequestUriMethod::get}.to_string()},
        kTestNow));
    CHECK(std::holds_alternative<SendRequest>(fetch));
    const HttpResponse request = http(200, std::string(kRequestObjectMediaType), transaction.request(world));
    ask = std::get<AskHolder>(must(flow.advance(Received{request}, kTestNow)));
  }
  Result<Step> tell(const Event& event, Instant now = kTestNow) { return flow.advance(event, now); }
  Result<Step> refuse(ErrorCode code) {
    return tell(Received{http(400, "application/json", response_uri_error(code).to_json())});
  }
  // What the gateway finds in the answer.
  std::optional<std::string> code_in(const Step& step) {
    std::optional<std::string> found;
    ExpectedResponse expected = transaction.expected(world);
    expected.check_pairing_code = [&](const std::optional<std::string>& code) -> Status {
      found = code;
      return {};
    };
    must(receive_response(std::get<SendRequest>(step).request.body, expected,
                          {.issuers = world.issuers, .iaca = world.iacas, .check_status = all_valid}, kTestNow));
    return found;
  }

  World world;
  TestCards cards;
  Transaction transaction;
  PresentationFlow flow{cards, world.trust(), world.rng};
  AskHolder ask;
};

}  // namespace

TEST_CASE("a demand for a code is read as it was written, and nothing else is") {
  CHECK(must(PairingDemand::parse(demand().to_json(), "request")).website == "https://shop.example");
  struct Row {
    std::string_view why, text;
  };
  const Row rows[] = {
      {"empty", R"({})"},
      {"no website", R"({"digits":6})"},
      {"no digits", R"({"website":"https://shop.example"})"},
      {"four digits", R"({"digits":4,"website":"https://shop.example"})"},
      {"digits as text", R"({"digits":"6","website":"https://shop.example"})"},
      {"http", R"({"digits":6,"website":"http://shop.example"})"},
      {"a path", R"({"digits":6,"website":"https://shop.example/pay"})"},
      {"a slash", R"({"digits":6,"website":"https://shop.example/"})"},
      {"user info, which hides the host", R"({"digits":6,"website":"https://shop.example@evil.example"})"},
      {"upper case", R"({"digits":6,"website":"https://Shop.example"})"},
      {"a space", R"({"digits":6,"website":"https://shop.example "})"},
      {"empty website", R"({"digits":6,"website":""})"},
      {"a list", R"({"digits":6,"website":["https://shop.example"]})"},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(PairingDemand::parse(object_of(row.text), "request")) == ErrorCode::oid4vp_invalid_request);
  }
}

TEST_CASE("a code is six ASCII digits") {
  CHECK(is_pairing_code("000000"));
  CHECK(is_pairing_code("918273"));
  for (const std::string_view text :
       {"", "12345", "1234567", "12345 ", " 12345", "12345a", "-12345", "１２", "12\n345"}) {
    INFO(text);
    CHECK(!is_pairing_code(text));
  }
  World world;
  for (int i = 0; i < 100; ++i) CHECK(is_pairing_code(make_pairing_code(world.rng)));
}

TEST_CASE("the code travels inside the encryption, and only when it is asked for") {
  Simulation simulation;
  REQUIRE(simulation.ask.pairing.has_value());
  CHECK(simulation.ask.pairing->website == "https://shop.example");
  const Step post = must(simulation.tell(Agreed{"ja", "123456"}));
  CHECK(std::get<SendRequest>(post).request.body.find("123456") == std::string::npos);
  CHECK(simulation.code_in(post) == "123456");
}

TEST_CASE("without six digits nothing is signed and nothing is sent") {
  for (const std::optional<std::string>& typed :
       {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>("12345")}) {
    Simulation simulation;
    CHECK(code_of(simulation.tell(Agreed{"ja", typed})) == ErrorCode::wallet_pairing_code_needed);
    CHECK(simulation.cards.signers_asked == 0);
    CHECK(std::holds_alternative<SendRequest>(must(simulation.tell(Agreed{"ja", "123456"}))));  // the question is open
  }
}

TEST_CASE("a wrong code is asked for again; the same copy signs once") {
  Simulation simulation;
  must(simulation.tell(Agreed{"ja", "111111"}));
  const Step again = must(simulation.refuse(ErrorCode::pairing_code_wrong));
  CHECK(std::get<AskPairingCode>(again).website == "https://shop.example");
  CHECK(code_of(simulation.tell(PairingCodeTyped{"12"})) == ErrorCode::wallet_pairing_code_needed);
  CHECK(code_of(simulation.tell(PairingCodeTyped{"222222"}, kTestNow + seconds(600))) ==
        ErrorCode::oid4vp_request_expired);
  CHECK(simulation.code_in(must(simulation.tell(PairingCodeTyped{"222222"}))) == "222222");
  CHECK(simulation.cards.signers_asked == 1);
  const Step done =
      must(simulation.tell(Received{http(200, "application/json", response_accepted_json(std::nullopt))}));
  CHECK(std::get<Finished>(done).outcome == Outcome::shared);
  CHECK(!std::get<Finished>(done).redirect_uri);
}

TEST_CASE("too many wrong codes, a person who gives up, and refusals of other kinds end the exchange") {
  Simulation locked;
  must(locked.tell(Agreed{"ja", "111111"}));
  CHECK(std::get<Finished>(must(locked.refuse(ErrorCode::pairing_code_locked))).outcome ==
        Outcome::pairing_code_locked);
  CHECK(code_of(locked.tell(PairingCodeTyped{"222222"})) == ErrorCode::invalid_argument);

  Simulation given_up;
  must(given_up.tell(Agreed{"ja", "111111"}));
  must(given_up.refuse(ErrorCode::pairing_code_wrong));
  CHECK(std::get<SendRequest>(must(given_up.tell(Refused{}))).request.body.starts_with("error=access_denied"));
  CHECK(std::get<Finished>(must(given_up.refuse(ErrorCode::pairing_code_wrong))).outcome == Outcome::rejected);

  Simulation other;
  must(other.tell(Agreed{"ja", "111111"}));
  CHECK(std::get<Finished>(must(other.refuse(ErrorCode::oid4vp_transaction_consumed))).outcome == Outcome::rejected);
}

TEST_CASE("a gateway that asked for no code cannot make the wallet ask for one") {
  World world;
  Transaction transaction(world);
  TestCards cards;
  cards.add(world);
  PresentationFlow flow(cards, {world.trust()}, world.rng);
  must(flow.advance(
      Started{RequestLink{world.client_id, "https://gateway.example/r", RequestUriMethod::get}.to_string()}, kTestNow));
  const Step asked = must(
      flow.advance(Received{http(200, std::string(kRequestObjectMediaType), transaction.request(world))}, kTestNow));
  CHECK(!std::get<AskHolder>(asked).pairing);
  must(flow.advance(Agreed{"ja", "123456"}, kTestNow));  // what was typed for nothing is not sent
  const auto refusal = http(400, "application/json", response_uri_error(ErrorCode::pairing_code_wrong).to_json());
  CHECK(std::get<Finished>(must(flow.advance(Received{refusal}, kTestNow))).outcome == Outcome::rejected);
}

TEST_CASE("a code that nobody asked for is refused") {
  CHECK(expect_no_pairing_code(std::nullopt).has_value());
  CHECK(code_of(expect_no_pairing_code("123456")) == ErrorCode::oid4vp_response_malformed);
}
