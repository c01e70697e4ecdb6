#include "core/oid4vp/wallet_flow.h"

#include <doctest/doctest.h>

#include <set>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "core/dcql/authority_key_id.h"
#include "tests/core/oid4vp/simulation.h"

using namespace mibun;
using namespace mibun::oid4vp;

TEST_CASE("from link to receipt of the answer: two facts and an age, and nothing else") {
  for (const RequestUriMethod method : {RequestUriMethod::get, RequestUriMethod::post}) {
    Simulation simulation(method);
    simulation.cards.add(simulation.world);
    PresentationFlow flow = simulation.flow();
    const AskHolder ask = simulation.ask(flow);
    CHECK(ask.organization.ja == "みほん商店");
    CHECK(ask.purpose.en == "To check your age");
    CHECK(ask.retention.days == 30);
    REQUIRE(ask.cards.size() == 1);
    CHECK(ask.cards[0].credential_id == "identity");
    REQUIRE(ask.cards[0].claims.size() == 3);
    CHECK(ask.cards[0].claims[0].value == "花子");
    CHECK(ask.cards[0].claims[2].path.to_string() == R"(["age_equal_or_over","20"])");
    CHECK(simulation.cards.signers_asked == 0);
    CHECK(!flow.consent());

    simulation.clock.advance(seconds(40));
    const HttpRequest post = simulation.answer(flow, Agreed{"ja"});
    CHECK(post.method == "POST");
    CHECK(post.url == "https://gateway.example/oid4vp/response/abc");
    CHECK(post.body.starts_with("response="));
    CHECK(post.body.find("vp_token") == std::string::npos);

    simulation.clock.advance(seconds(2));
    const auto response = std::get<VerifiedResponse>(must(simulation.receive(post)));
    REQUIRE(response.credentials.at("identity").size() == 1);
    const PresentedCredential& shown = response.credentials.at("identity")[0];
    CHECK(json::serialize(shown.claims) ==
          R"({"given_name":"花子","family_name":"見本","age_equal_or_over":{"20":true}})");
    CHECK(shown.issuer == "https://issuer.example");
    CHECK(response.excess.empty());
    CHECK(response.consent == flow.consent());
    REQUIRE(response.evidence.size() == 1);
    for (const std::string_view secret : {"birth_date", "TK1234567", "1990-04-15"}) {
      CHECK(post.body.find(secret) == std::string::npos);
      CHECK(response.consent->find(secret) == std::string::npos);
    }

    const Step done = must(flow.advance(
        Received{http(200, "application/json", response_accepted_json("https://shop.example/done#response_code=123"))},
        simulation.clock.now()));
    CHECK(std::get<Finished>(done).outcome == Outcome::shared);
    CHECK(std::get<Finished>(done).redirect_uri == "https://shop.example/done#response_code=123");
    CHECK(code_of(flow.advance(Agreed{"ja"}, simulation.clock.now())) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("refusing, having no card, and being locked out look the same from outside") {
  Simulation with_card, without_card;
  with_card.cards.add(with_card.world);
  PresentationFlow refusing = with_card.flow(), empty = without_card.flow();
  CHECK(with_card.ask(refusing).cards.size() == 1);
  const AskHolder nothing = without_card.ask(empty);
  CHECK(nothing.cards.empty());
  CHECK(code_of(empty.advance(Agreed{"en"}, kTestNow)) == ErrorCode::oid4vp_nothing_to_present);

  const HttpRequest first = with_card.answer(refusing, Refused{});
  const HttpRequest second = without_card.answer(empty, Refused{});
  CHECK(first.body.size() == second.body.size());
  CHECK(first.body.starts_with("error=access_denied&state="));
  CHECK(second.body.starts_with("error=access_denied&state="));
  CHECK(std::get<RefusedResponse>(must(with_card.receive(first))).error == "access_denied");
  CHECK(with_card.cards.signers_asked == 0);
  const Step done = must(refusing.advance(Received{http(200, "application/json", "{}")}, kTestNow));
  CHECK(std::get<Finished>(done).outcome == Outcome::refused);
  CHECK(!std::get<Finished>(done).redirect_uri);
}

TEST_CASE("a card that lacks a claim is named, without saying so to anybody else") {
  Simulation simulation;
  simulation.cards.add(simulation.world, simulation.world.issuer,
                       object_of(R"({"given_name":"花子","age_equal_or_over":{"20":true},"nationalities":["JP"]})"));
  PresentationFlow flow = simulation.flow();
  const AskHolder ask = simulation.ask(flow);
  CHECK(ask.cards.empty());
  REQUIRE(ask.missing.size() == 1);
  CHECK(ask.missing[0] == path_of(R"(["family_name"])"));
}

TEST_CASE("a locked key leaves the question open; agreeing too late sends nothing") {
  Simulation simulation;
  simulation.cards.add(simulation.world);
  PresentationFlow flow = simulation.flow();
  (void)simulation.ask(flow);
  simulation.cards.locked = true;
  CHECK(code_of(flow.advance(Agreed{"ja"}, kTestNow)) == ErrorCode::wallet_locked);
  simulation.cards.locked = false;
  CHECK(code_of(flow.advance(Agreed{"xx"}, kTestNow)) == ErrorCode::invalid_argument);
  CHECK(code_of(flow.advance(Agreed{"ja"}, kTestNow + seconds(600))) == ErrorCode::oid4vp_request_expired);
  CHECK(!flow.consent());
  CHECK(flow.advance(Agreed{"ja"}, kTestNow + seconds(599)).has_value());
}

TEST_CASE("A10: the wallet's nonce is new each time, and as random as the host's source") {
  std::set<std::string> nonces;
  Simulation simulation;
  for (int i = 0; i < 20; ++i) {
    PresentationFlow flow = simulation.flow();
    const Step fetch = must(flow.advance(Started{simulation.link.to_string()}, simulation.clock.now()));
    const auto fields = must(form::Fields::parse(std::get<SendRequest>(fetch).request.body));
    const std::string nonce(must(fields.get("wallet_nonce")));
    CHECK(must(base64url::decode(nonce)).size() >= 16);
    nonces.insert(nonce);
  }
  CHECK(nonces.size() == 20);
  // The same source gives the same nonce: nothing else is in it.
  Simulation again;
  PresentationFlow flow = again.flow();
  const Step fetch = must(flow.advance(Started{again.link.to_string()}, again.clock.now()));
  const auto fields = must(form::Fields::parse(std::get<SendRequest>(fetch).request.body));
  CHECK(nonces.contains(std::string(must(fields.get("wallet_nonce")))));
}

// Whatever arrives in whatever order, no signature is made before the holder agreed.
TEST_CASE("A26: every order of four events: nothing leaves without consent") {
  const auto event_of = [](unsigned kind, Simulation& simulation) -> Event {
    switch (kind) {
      case 0:
        return Started{simulation.link.to_string()};
      case 1:
        return Received{
            http(200, std::string(kRequestObjectMediaType), simulation.transaction.request(simulation.world))};
      case 2:
        return Agreed{"ja"};
      default:
        return Refused{};
    }
  };
  int shared = 0;
  for (unsigned order = 0; order < 256; ++order) {
    Simulation simulation(RequestUriMethod::get);
    simulation.cards.add(simulation.world);
    PresentationFlow flow = simulation.flow();
    bool asked = false, may_sign = false;
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned kind = (order >> (2 * i)) & 3U;
      if (kind == 2 && asked) may_sign = true;
      const auto step = flow.advance(event_of(kind, simulation), kTestNow);
      if (step && std::holds_alternative<AskHolder>(*step)) asked = true;
      if (step && std::holds_alternative<SendRequest>(*step)) {
        const bool carries_data = std::get<SendRequest>(*step).request.body.starts_with("response=");
        CHECK((!carries_data || may_sign));
        if (carries_data) ++shared;
      }
    }
    CHECK((may_sign || simulation.cards.signers_asked == 0));
  }
  CHECK(shared == 12);  // start, read, agree: four with something after it, eight with something that was ignored
}

TEST_CASE("A27: answers of a verifier that a wallet does not follow") {
  struct Row {
    std::string_view why;
    HttpResponse response;
    ErrorCode want;
  };
  Simulation good;
  const std::string request = good.transaction.request(good.world);
  const std::string type(kRequestObjectMediaType);
  const Row rows[] = {
      {"redirect",
       {302, {{"Location", "https://evil.example/"}, {"Content-Type", type}}, request},
       ErrorCode::http_redirect_refused},
      {"redirect 307", {307, {}, {}}, ErrorCode::http_redirect_refused},
      {"not found", http(404, type, request), ErrorCode::http_status_unexpected},
      {"server error", http(500, type, request), ErrorCode::http_status_unexpected},
      {"created", http(201, type, request), ErrorCode::http_status_unexpected},
      {"another type", http(200, "application/jwt", request), ErrorCode::oid4vp_invalid_request},
      {"no type", {200, {}, request}, ErrorCode::oid4vp_invalid_request},
      {"rubbish", http(200, type, "<html>"), ErrorCode::jws_malformed},
      {"empty", http(200, type, ""), ErrorCode::jws_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    PresentationFlow flow = good.flow();
    good.link.method = RequestUriMethod::get;
    must(flow.advance(Started{good.link.to_string()}, kTestNow));
    CHECK(code_of(flow.advance(Received{row.response}, kTestNow)) == row.want);
    CHECK(code_of(flow.advance(Received{http(200, type, request)}, kTestNow)) == ErrorCode::invalid_argument);
    CHECK(flow.request() == nullptr);
  }
  // A request made before this wallet said its nonce.
  good.link.method = RequestUriMethod::post;
  PresentationFlow flow = good.flow();
  must(flow.advance(Started{good.link.to_string()}, kTestNow));
  CHECK(code_of(flow.advance(Received{http(200, type, request)}, kTestNow)) == ErrorCode::oid4vp_wallet_nonce_mismatch);
}

TEST_CASE("how a verifier may end it") {
  struct Row {
    std::string_view why;
    HttpResponse response;
    std::optional<ErrorCode> want;
    Outcome outcome;
  };
  const Row rows[] = {
      {"accepted", http(200, "application/json; charset=utf-8", "{}"), {}, Outcome::shared},
      {"refused", http(400, "application/json", R"({"error":"invalid_request"})"), {}, Outcome::rejected},
      {"down", http(503, "text/plain", ""), {}, Outcome::rejected},
      {"redirect", {303, {{"Location", "https://evil.example"}}, {}}, ErrorCode::http_redirect_refused, {}},
      {"html", http(200, "text/html", "{}"), ErrorCode::oid4vp_response_malformed, {}},
      {"not JSON", http(200, "application/json", "ok"), ErrorCode::oid4vp_response_malformed, {}},
      {"another scheme",
       http(200, "application/json", R"({"redirect_uri":"javascript:alert"})"),
       ErrorCode::oid4vp_response_malformed,
       {}},
      {"http",
       http(200, "application/json", R"({"redirect_uri":"http://shop.example/"})"),
       ErrorCode::oid4vp_response_malformed,
       {}},
      {"a number", http(200, "application/json", R"({"redirect_uri":1})"), ErrorCode::oid4vp_response_malformed, {}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Simulation simulation;
    simulation.cards.add(simulation.world);
    PresentationFlow flow = simulation.flow();
    (void)simulation.ask(flow);
    (void)simulation.answer(flow, Agreed{"en"});
    const auto step = flow.advance(Received{row.response}, kTestNow);
    if (row.want) {
      CHECK(code_of(step) == *row.want);
    } else {
      REQUIRE(step.has_value());
      CHECK(std::get<Finished>(*step).outcome == row.outcome);
    }
  }
}

TEST_CASE("trusted authorities: a card of the authority named answers, others do not") {
  World world;
  const TestAuthority strangers("strangers");
  const std::string aki = dcql::authority_key_ids(world.issuer.chain).at(0);
  json::Object query = shop_query();
  query["credentials"].as_array()[0].as_object()["trusted_authorities"] =
      json::Array{json::Object{{"type", "aki"}, {"values", json::Array{aki}}}};
  Simulation foreign(RequestUriMethod::get, query);
  foreign.cards.add(foreign.world);  // another world's authority
  PresentationFlow flow = foreign.flow();
  CHECK(foreign.ask(flow).cards.empty());

  Simulation own(RequestUriMethod::get);
  json::Object own_query = shop_query();
  own_query["credentials"].as_array()[0].as_object()["trusted_authorities"] = json::Array{
      json::Object{{"type", "aki"}, {"values", json::Array{dcql::authority_key_ids(own.world.issuer.chain).at(0)}}}};
  own.transaction.parameters.dcql_query = own_query;
  own.transaction.query = must(dcql::Query::parse(own_query));
  own.cards.add(own.world);
  PresentationFlow own_flow = own.flow();
  CHECK(own.ask(own_flow).cards.size() == 1);
  CHECK(own.receive(own.answer(own_flow, Agreed{"ja"})).has_value());
}
