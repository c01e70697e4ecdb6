// The wallet before servers that want it attested: what it shows, when, and what it obeys.
#include "core/oid4vci/client_attestation.h"
#include "tests/core/oid4vci/providers.h"
#include "tests/core/oid4vci/world.h"

using namespace mibun;
using namespace mibun::oid4vci;

namespace {

// A server before whose endpoints only attested wallets come, with challenges that change as the test says.
struct Gate {
  explicit Gate(World& world_in) : world(world_in) {
    world.issuer.server.token_endpoint_auth_methods = {"attest_jwt_client_auth"};
    world.issuer.server.challenge_endpoint = "https://issuer.example/tenant/challenge";
    world.attest_wallet = [this](const AttestWallet& wanted) {
      asked.push_back(wanted.client_id);
      return make_client_attestation({.issuer = kProvider,
                                      .client_id = wanted.client_id,
                                      .key = world.instance_key.public_key(),
                                      .wallet_name = {},
                                      .wallet_link = {},
                                      .issued_at = world.clock.now(),
                                      .expires = world.clock.now() + seconds(3600)},
                                     Providers::of(providers.signer))
          .value();
    };
    world.wire = [this](const HttpRequest& request) { return handle(request); };
  }

  HttpResponse handle(const HttpRequest& request) {
    if (request.url.ends_with("/challenge")) {
      ++challenges_fetched;
      const json::Object body{{"attestation_challenge", challenge}};
      return {200, {{"Content-Type", "application/json"}}, json::serialize(body)};
    }
    if (!request.url.ends_with("/par") && !request.url.ends_with("/token")) return world.issuer.handle(request);
    if (const Status let_in = judge(request); !let_in) {
      HttpResponse refused = error_response(let_in.error(), Endpoint::token);
      if (challenge_in_header) refused.headers.push_back({std::string(kAttestationChallengeHeader), challenge});
      return refused;
    }
    return world.issuer.handle(request);
  }

  Status judge(const HttpRequest& request) {
    MIBUN_TRY(const auto shown, ClientAttestation::parse(request.headers));
    attestations.push_back(std::string(request.headers[3].value));
    MIBUN_TRY(const auto verified, shown.verify({.providers = providers.anchors,
                                                 .provider = kProvider,
                                                 .authorization_server = world.issuer.server.issuer,
                                                 .form_client_id = "wallet",
                                                 .challenge = AttestationChallengeRequired{},
                                                 .age_max = seconds(3600),
                                                 .now = world.clock.now()}));
    if (verified.challenge() != challenge) return fail(ErrorCode::oauth_use_attestation_challenge);
    if (stale_to_refuse > 0 && stale_to_refuse-- > 0) return fail(ErrorCode::oauth_use_fresh_attestation);
    CHECK(jtis.insert(verified.jti()).second);
    instances.insert(verified.jkt());
    let_in_at.push_back(request.url.substr(request.url.rfind('/')));
    return {};
  }

  World& world;
  Providers providers;
  std::string challenge = "challenge-1";
  bool challenge_in_header = true;
  int stale_to_refuse = 0, challenges_fetched = 0;
  std::vector<std::string> asked, attestations, let_in_at;
  std::set<std::string> jtis, instances;
};

}  // namespace

TEST_CASE("oid4vci-1_0-wallet-test-client-attestation-challenge: it is fetched and stands in the proof of possession") {
  World world;
  Gate gate(world);
  gate.challenge_in_header = false;
  REQUIRE(play_code_flow(world).has_value());
  CHECK(gate.challenges_fetched == 1);
}

TEST_CASE("an attested wallet is attested once, and proves possession anew at each request of the exchange") {
  World world;
  Gate gate(world);
  world.issuer.dpop_nonces = true;
  REQUIRE(play_code_flow(world).has_value());
  CHECK(gate.asked == std::vector<std::string>{"wallet"});
  // Each first without our nonce, which the issuer behind the gate demands.
  CHECK(gate.let_in_at == std::vector<std::string>{"/par", "/par", "/token"});
  CHECK(std::set<std::string>(gate.attestations.begin(), gate.attestations.end()).size() == 1);
}

TEST_CASE("with a pre-authorized code, too, an attested wallet says who it is, also in its key proofs") {
  World world;
  Gate gate(world);
  IssuanceFlow flow = world.code_flow(IssuanceStart::from(world.issuer.make_offer("4321")));
  REQUIRE(world.play(flow, {std::string("4321")}).has_value());
  CHECK(gate.let_in_at == std::vector<std::string>{"/token"});
}

TEST_CASE("where nobody asks for an attestation, none is made and none is shown") {
  World world;
  Gate gate(world);
  world.issuer.server.token_endpoint_auth_methods = {"none"};
  world.wire = [&](const HttpRequest& request) {
    CHECK(!ClientAttestation::is_shown(request.headers));
    return world.issuer.handle(request);
  };
  REQUIRE(play_code_flow(world).has_value());
  CHECK(gate.asked.empty());
  CHECK(gate.challenges_fetched == 0);
}

TEST_CASE("nobody vouches for a wallet whose holder did not agree") {
  World world;
  Gate gate(world);
  IssuanceFlow flow = world.code_flow(world.initiated());
  CHECK(world.play(flow, {}).error().code == ErrorCode::cancelled);
  CHECK(gate.asked.empty());
}

TEST_CASE("a challenge that comes with a refusal is used next, once for each request") {
  World world;
  Gate gate(world);
  world.browser = [&](const std::string& url) {
    gate.challenge = "challenge-2";  // the person took their time
    return world.issuer.visit(url);
  };
  REQUIRE(play_code_flow(world).has_value());
  CHECK(gate.challenges_fetched == 1);

  World stubborn;
  Gate closed(stubborn);
  stubborn.wire = [&](const HttpRequest& request) {
    if (request.url.ends_with("/par")) closed.challenge += "-";  // never the one that was given out
    return closed.handle(request);
  };
  CHECK(play_code_flow(stubborn).error().code == ErrorCode::oauth_use_attestation_challenge);
  CHECK(closed.attestations.size() == 2);
}

TEST_CASE("a refusal for want of a challenge that brings none sends the wallet to the endpoint again, or ends it") {
  World world;
  Gate gate(world);
  gate.challenge_in_header = false;
  world.browser = [&](const std::string& url) {
    gate.challenge = "challenge-2";
    return world.issuer.visit(url);
  };
  REQUIRE(play_code_flow(world).has_value());
  CHECK(gate.challenges_fetched == 2);

  World nowhere;
  Gate mute(nowhere);
  mute.challenge_in_header = false;
  nowhere.issuer.server.challenge_endpoint = std::nullopt;
  CHECK(play_code_flow(nowhere).error().code == ErrorCode::oauth_use_attestation_challenge);
  CHECK(mute.attestations.size() == 1);
}

TEST_CASE("an attestation that is not fresh enough is had anew, once for each request") {
  World world;
  Gate gate(world);
  gate.stale_to_refuse = 1;
  REQUIRE(play_code_flow(world).has_value());
  CHECK(gate.asked.size() == 2);
  CHECK(gate.attestations[0] != gate.attestations[1]);

  World again;
  Gate strict(again);
  strict.stale_to_refuse = 2;
  CHECK(play_code_flow(again).error().code == ErrorCode::oauth_use_fresh_attestation);
  CHECK(strict.asked.size() == 2);
}

TEST_CASE("what is no challenge ends the exchange") {
  struct Row {
    std::string_view why;
    HttpResponse answer;
    ErrorCode want;
  };
  const std::vector<HttpHeader> is_json{{"Content-Type", "application/json"}};
  const Row rows[] = {
      {"no JSON", {200, is_json, "challenge"}, ErrorCode::oid4vci_response_malformed},
      {"no member", {200, is_json, "{}"}, ErrorCode::oid4vci_response_malformed},
      {"no text", {200, is_json, R"({"attestation_challenge":1})"}, ErrorCode::oid4vci_response_malformed},
      {"empty", {200, is_json, R"({"attestation_challenge":""})"}, ErrorCode::oid4vci_response_malformed},
      {"too long",
       {200, is_json, R"({"attestation_challenge":")" + std::string(257, 'c') + "\"}"},
       ErrorCode::oid4vci_response_malformed},
      {"another media type",
       {200, {{"Content-Type", "text/plain"}}, R"({"attestation_challenge":"c"})"},
       ErrorCode::oid4vci_response_malformed},
      {"an error", {500, is_json, "{}"}, ErrorCode::http_status_unexpected},
      {"a redirect", {302, {{"Location", "https://other.example/"}}, ""}, ErrorCode::http_redirect_refused},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    World world;
    Gate gate(world);
    world.wire = [&](const HttpRequest& request) {
      return request.url.ends_with("/challenge") ? row.answer : gate.handle(request);
    };
    const auto done = play_code_flow(world);
    REQUIRE(!done.has_value());
    CHECK(done.error().code == row.want);
    CHECK(gate.attestations.empty());
  }
}

TEST_CASE("a wallet without a provider stays out of a server for attested wallets only, before its holder is asked") {
  World world;
  Gate gate(world);
  world.attest_wallet = {};
  CHECK(play_code_flow(world).error().code == ErrorCode::oauth_invalid_client);
  CHECK(world.questions.empty());
  // By name where that is allowed as well, and without any where a code is enough.
  world.issuer.server.token_endpoint_auth_methods = {"attest_jwt_client_auth", "none"};
  world.wire = [&](const HttpRequest& request) { return world.issuer.handle(request); };
  CHECK(play_code_flow(world).has_value());
  world.issuer.server.token_endpoint_auth_methods = {"attest_jwt_client_auth"};
  CHECK(world.receive(world.issuer.make_offer(std::nullopt), {std::nullopt}).has_value());
}

TEST_CASE("what is no attestation is not shown to anybody, and none is taken that was not asked for") {
  for (const std::string& text : {std::string(), std::string(8 * 1024 + 1, 'a')}) {
    World world;
    Gate gate(world);
    world.attest_wallet = [&](const AttestWallet&) { return text; };
    CHECK(play_code_flow(world).error().code == ErrorCode::invalid_argument);
    CHECK(gate.attestations.empty());
  }
  World world;
  const Gate gate(world);
  for (const Event& event : {Event(WalletAttested{"a.b.c"}), Event(KeysAttested{"a.b.c"})}) {
    IssuanceFlow flow = world.code_flow(world.initiated());
    REQUIRE(flow.advance(Start{}, world.clock.now()).has_value());
    CHECK(flow.advance(event, world.clock.now()).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a renewal shows the instance that the refresh token is bound to, freshly attested, and asks nobody") {
  World world;
  Gate gate(world);
  world.issuer.refreshable = true;
  const auto first = play_code_flow(world);
  REQUIRE(first.has_value());
  IssuanceStart start = world.initiated();
  start.grant = RefreshGrant{first->refresh_token.value()};
  gate.challenge = "challenge-of-next-week";
  IssuanceFlow renewal = world.code_flow(start);
  REQUIRE(world.play(renewal, {}).has_value());
  CHECK(gate.asked.size() == 2);
  CHECK(gate.let_in_at == std::vector<std::string>{"/par", "/token", "/token"});
  CHECK(gate.instances.size() == 1);
}
