#include <doctest/doctest.h>

#include <vector>

#include "tests/server/world/attested_wallet.h"
#include "tests/server/world/own_world.h"

// Machines whose clocks differ (threat F7): the issuer and the gateway, a wallet, its provider, a partner's program. Up
// to a minute is taken, the ends of it are in the tables of requests that are refused.
namespace mibun::server {
namespace {

using std::chrono::seconds;

constexpr seconds kNear[] = {seconds(-5), seconds(5)};

// What is made meanwhile is made by a machine whose clock is off.
class OtherClock {
 public:
  OtherClock(TestWorld& w, seconds by) : w_(w), by_(by) { w_.clock.advance(by_); }
  ~OtherClock() { w_.clock.advance(-by_); }
  OtherClock(const OtherClock&) = delete;
  OtherClock& operator=(const OtherClock&) = delete;

 private:
  TestWorld& w_;
  const seconds by_;
};

std::int64_t at(const TestWorld& w, seconds by) {
  return (w.clock.now() + by).unix_seconds();
}

// A partner's program asks for a token, by the clocks of what makes its assertion and its proof.
Reply token_by(TestWorld& w, seconds assertion_by, seconds by) {
  JwtParts assertion = w.client_assertion(w.shop);
  assertion.payload["iat"] = at(w, assertion_by);
  assertion.payload["exp"] = at(w, assertion_by) + 60;
  JwtParts proof = w.dpop_proof(*w.shop.dpop_key, "POST", "/oauth/token");
  proof.payload["iat"] = at(w, by);
  TestRequest request = w.client_credentials(w.shop, sign_jwt(assertion, *w.shop.key));
  return w.send(request.set("DPoP", sign_jwt(proof, *w.shop.dpop_key)));
}

// A wallet asks for a card, by its own clock; its keys are attested by `provider`'s.
Reply card_by(TestWorld& w, seconds wallet, seconds provider) {
  const BoundToken token = w.holder_token();
  const std::string nonce = w.nonce();
  const auto key = crypto::P256PrivateKey::generate();
  JwtParts parts;
  {
    const OtherClock other(w, provider);
    parts = w.key_proof(key, nonce);
  }
  parts.payload["iat"] = at(w, wallet);
  const std::string body = json::serialize(w.credential_body({sign_jwt(parts, key)}));
  JwtParts proof = w.dpop_proof(*token.key, "POST", "/oid4vci/credential", token.token);
  proof.payload["iat"] = at(w, wallet);
  TestRequest request = w.bound_request(token, "POST", "/oid4vci/credential", body);
  return w.send(request.set("DPoP", sign_jwt(proof, *token.key)));
}

// A wallet shows it, by its own clock: binding and consent.
Reply shown_by(TestWorld& w, const HeldCard& card, seconds by) {
  const AskedRequest asked = w.ask(w.shop);
  const oid4vp::VerifiedRequest request = w.fetch(asked);
  const auto form = [&] {
    const OtherClock other(w, by);
    return w.answer_form(request, card);
  }();
  return w.send(w.answer(asked, form));
}

// An attested wallet pushes its request; `by`: the clock of the wallet that proves its key.
Reply pushed_by(TestWorld& w, seconds wallet, seconds provider) {
  const AttestedFlow flow(w);
  std::optional<AttestedWallet> instance;
  {
    const OtherClock other(w, provider);
    instance = attested_wallet(w, w.holder);
  }
  JwtParts pop = pop_of(w, std::string(kAttestedClient), attestation_challenge(w));
  pop.payload["iat"] = at(w, wallet);
  return w.send(show(flow.par(), instance->attestation, sign_jwt(pop, *instance->key)));
}

}  // namespace

TEST_CASE("wallets, providers and partners whose clocks are five seconds off are served, either way") {
  TestWorld& w = world();
  for (const seconds by : kNear) {
    CAPTURE(by.count());
    CHECK(token_by(w, by, by).status() == 200);
    CHECK(card_by(w, by, -by).status() == 200);
    CHECK(card_by(w, -by, by).status() == 200);
    CHECK(shown_by(w, w.take_card(), by).status() == 200);
    CHECK(pushed_by(w, by, -by).status() == 201);
  }
}

TEST_CASE("those whose clocks are far off are refused, with the code of what is wrong") {
  TestWorld& w = world();
  for (const seconds by : {seconds(-301), seconds(61)}) {
    CAPTURE(by.count());
    CHECK(token_by(w, by, seconds(0)).code() == "invalid_client");
    CHECK(token_by(w, seconds(0), by).code() == "invalid_dpop_proof");
    CHECK(card_by(w, by, seconds(0)).code() == "invalid_dpop_proof");
    CHECK(card_by(w, seconds(0), by).code() == "invalid_proof");
    CHECK(shown_by(w, w.take_card(), by).status() == 400);
    CHECK(pushed_by(w, by, seconds(0)).code() == "invalid_client_attestation");
  }
}

TEST_CASE("a card and its status list of an issuer whose clock is off by five seconds are taken by the gateway") {
  for (const seconds by : kNear) {
    CAPTURE(by.count());
    OwnWorld w;
    std::optional<HeldCard> card;
    {
      const OtherClock issuer(w, by);
      card = w.take_card();
    }
    CHECK(shown_by(w, *card, seconds(0)).status() == 200);
  }
}

TEST_CASE("a card of an issuer whose clock is two days ahead is refused by the gateway") {
  OwnWorld w;
  std::optional<HeldCard> card;
  {
    const OtherClock issuer(w, std::chrono::days(2));
    card = w.take_card();
  }
  CHECK(shown_by(w, *card, seconds(0)).status() == 400);
}

TEST_CASE("a wallet whose clock is five seconds off believes a request, and one that is minutes off does not") {
  TestWorld& w = world();
  // The server's own clock is right, and the one that judges what it signed is not.
  const auto believed_by = [&](seconds by) {
    const AskedRequest asked = w.ask(w.shop);
    const Reply reply = w.send_well({.target = "/oid4vp/requests/" + asked.id}, 200);
    return oid4vp::VerifiedRequest::verify(
        reply.response.body, {.client_id = asked.client_id, .wallet_nonce = std::nullopt, .trust = w.verifier_trust()},
        w.clock.now() + by);
  };
  for (const seconds by : kNear) {
    CAPTURE(by.count());
    CHECK(believed_by(by).has_value());
  }
  CHECK(code_of(believed_by(seconds(-62))) == ErrorCode::jwt_issued_in_future);
}

}  // namespace mibun::server
