#include <doctest/doctest.h>

#include "core/oid4vci/offer.h"
#include "tests/server/world/code_flow.h"
#include "tests/server/world/issuing.h"
#include "tests/server/world/later.h"

// Offers by reference and their issuer_state against the whole server.
namespace mibun::server {
namespace {

FormParameters begun_by(const CodeFlow& flow, const Offer& offer) {
  return with(flow.par_fields(), "issuer_state", offer.issuer_state);
}

std::string asked(const CodeFlow& flow, const FormParameters& fields) {
  return flow.open(flow.push(fields).text("request_uri")).text("authorization_id");
}

}  // namespace

TEST_CASE("an offer by reference says what the one by value says, as JSON that nobody keeps") {
  TestWorld& w = world();
  const Offer offer = w.fresh_offer();
  for (int i = 0; i < 2; ++i) {  // a wallet may look twice
    const Reply reply = w.send_well({.target = offer.address}, 200);
    CHECK(reply.response.content_type == "application/json");
    CHECK(reply.response.header("cache-control") == "no-store");
    const auto fetched = must(oid4vci::CredentialOffer::parse_json(reply.response.body));
    CHECK(fetched.credential_issuer == kOrigin);
    CHECK(fetched.pre_authorized->code == offer.code);
    CHECK(fetched.pre_authorized->tx_code.has_value());
    CHECK(fetched.by_code->issuer_state == offer.issuer_state);
    CHECK(reply.response.body.find(offer.tx_code) == std::string::npos);
  }
  const std::string reference = offer.address.substr(offer.address.rfind('/') + 1);
  CHECK(reference.size() == 43);  // 256 random bits
  const Offer next = w.fresh_offer();
  CHECK(next.address != offer.address);
  CHECK(w.send({.target = offer.address}).status() == 404);
  CHECK(w.send({.target = next.address}).status() == 200);
}

TEST_CASE("an offer that is over, or was never made, is nowhere to be fetched") {
  TestWorld& w = world();
  const Offer expired = w.fresh_offer();
  {
    const Later after(w, std::chrono::minutes(10));
    CHECK(w.send({.target = expired.address}).status() == 404);
  }
  CHECK(w.send({.target = expired.address}).status() == 200);
  static_cast<void>(w.redeem(expired));
  CHECK(w.send({.target = expired.address}).status() == 404);

  const Offer locked = w.fresh_offer();
  for (int i = 0; i < 5; ++i) {
    auto fields = w.code_fields(locked);
    fields.back().second = locked.tx_code == "000000" ? "000001" : "000000";
    const auto key = crypto::P256PrivateKey::generate();
    static_cast<void>(w.send(w.token_request(fields, sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key))));
  }
  CHECK(w.send({.target = locked.address}).status() == 404);
  std::string changed = locked.address;
  changed.back() = changed.back() == 'A' ? 'E' : 'A';
  for (const std::string& target : {changed, locked.address + "A", std::string("/oid4vci/offers/") + std::string(kNoId),
                                    std::string("/oid4vci/offers/") + locked.code}) {
    INFO(target);
    const Reply reply = w.send({.target = target});
    CHECK(reply.status() == 404);
    CHECK(reply.code() == "route_not_found");
  }
}

TEST_CASE("an offer's issuer_state begins one authorization of its person, and uses up the offer") {
  TestWorld& w = world();
  const CodeFlow flow(w);
  const Offer offer = w.fresh_offer();
  const std::string id = asked(flow, begun_by(flow, offer));
  const Reply strange = flow.decide(w.stranger, id);
  CHECK(strange.status() != 200);

  // Another person's sign-in does not take it, even one with a card of their own, and leaves the question open.
  Device other = w.register_device();
  static_cast<void>(w.approve(other));
  CHECK(flow.decide(other, id).code() == "oauth_invalid_request_uri");
  const Reply decided = flow.decide(w.holder, id);
  REQUIRE(decided.status() == 200);
  const Reply token = flow.token(flow.code_fields(parameter(decided.text("redirect_to"), "code")));
  REQUIRE(token.status() == 200);
  CHECK(flow.credential(token.text("access_token")).status() == 200);

  // Nothing of the offer works again.
  CHECK(flow.decide(w.holder, asked(flow, begun_by(flow, offer))).code() == "oauth_invalid_request_uri");
  CHECK(w.send({.target = offer.address}).status() == 404);
  const auto key = crypto::P256PrivateKey::generate();
  const Reply by_code =
      w.send(w.token_request(w.code_fields(offer), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key)));
  CHECK(by_code.code() == "invalid_grant");
}

TEST_CASE("an issuer_state that stands for no open offer is refused, not passed over") {
  TestWorld& w = world();
  const CodeFlow flow(w);
  const Offer replaced = w.fresh_offer(), redeemed = w.fresh_offer();
  static_cast<void>(w.redeem(redeemed));
  const Offer expired = w.fresh_offer();
  struct Row {
    const char* why;
    std::string issuer_state;
  };
  const Row rows[] = {{"made up", "anything"},
                      {"of the offer before", replaced.issuer_state},
                      {"of an offer whose code was redeemed", redeemed.issuer_state},
                      {"the code of an open offer", expired.code}};
  for (const Row& row : rows) {
    INFO(row.why);
    const std::string id = asked(flow, with(flow.par_fields(), "issuer_state", row.issuer_state));
    CHECK(flow.decide(w.holder, id).code() == "oauth_invalid_request_uri");
  }
  const Later after(w, std::chrono::minutes(10));
  CHECK(flow.decide(w.holder, asked(flow, begun_by(flow, expired))).code() == "oauth_invalid_request_uri");
}

TEST_CASE("a pre-authorized code gives a refresh token too, for its key alone and without a client's name") {
  TestWorld& w = world();
  const CodeFlow flow(w), thief(w);
  const Reply first = flow.token(w.code_fields(w.fresh_offer()));
  REQUIRE(first.status() == 200);
  const FormParameters refresh = without(flow.refresh_fields(first.text("refresh_token")), "client_id");
  CHECK(thief.token(refresh).code() == "invalid_grant");
  CHECK(flow.token(with(refresh, "client_id", "test-wallet")).code() == "invalid_grant");
  CHECK(flow.token(with(refresh, "scope", "mibun_identity staff")).code() == "invalid_scope");
  const Reply second = flow.token(refresh);
  REQUIRE(second.status() == 200);
  CHECK(second.text("scope") == "mibun_identity mibun_photo_id");
  const auto ask = [&](const Reply& token) {
    return w.send(ask_for_cards(w, kIdentityConfiguration, 1).request(w, {token.text("access_token"), flow.key}));
  };
  CHECK(ask(first).status() == 200);
  CHECK(ask(second).status() == 200);
  // Used again after its successor: everything that came of the offer ends, the first token, too.
  const FormParameters next = without(flow.refresh_fields(second.text("refresh_token")), "client_id");
  const Reply third = flow.token(next);
  REQUIRE(third.status() == 200);
  CHECK(flow.token(refresh).code() == "invalid_grant");
  CHECK(ask(second).code() == "invalid_token");
  CHECK(flow.token(next).code() == "invalid_grant");
  CHECK(flow.token(without(flow.refresh_fields(third.text("refresh_token")), "client_id")).code() == "invalid_grant");
}

TEST_CASE("what is cleared away leaves the authorizations that can still be renewed, however they began") {
  TestWorld& w = world();
  static_cast<void>(w.approved_case());
  const CodeFlow signed_in(w), offered(w);
  const Reply by_code = signed_in.token(signed_in.code_fields(signed_in.code(w.holder)));
  const Reply by_offer = offered.token(w.code_fields(w.fresh_offer()));
  const Later then(w, std::chrono::days(89));
  must(w.app->purge_expired());
  const Reply again = signed_in.token(signed_in.refresh_fields(by_code.text("refresh_token")));
  CHECK(again.status() == 200);
  CHECK(offered.token(without(offered.refresh_fields(by_offer.text("refresh_token")), "client_id")).status() == 200);
  const Later much_later(w, std::chrono::days(89));
  must(w.app->purge_expired());
  CHECK(signed_in.token(signed_in.refresh_fields(again.text("refresh_token"))).status() == 200);
}

TEST_CASE("a code flow's refresh token is worth nothing without its client's name") {
  TestWorld& w = world();
  static_cast<void>(w.approved_case());
  const CodeFlow flow(w);
  const Reply token = flow.token(flow.code_fields(flow.code(w.holder)));
  const FormParameters refresh = flow.refresh_fields(token.text("refresh_token"));
  CHECK(flow.token(without(refresh, "client_id")).code() == "invalid_grant");
  CHECK(flow.token(refresh).status() == 200);
}

TEST_CASE("what a grant gives ends after a year, however often it was renewed") {
  TestWorld& w = world();
  static_cast<void>(w.approved_case());
  const CodeFlow flow(w);
  std::string refresh_token = flow.token(flow.code_fields(flow.code(w.holder))).text("refresh_token");
  const Later once(w, std::chrono::days(89));
  milliseconds passed = std::chrono::days(89);
  for (const auto step : {89, 89, 89}) {
    const Reply reply = flow.token(flow.refresh_fields(refresh_token));
    REQUIRE(reply.status() == 200);
    refresh_token = reply.text("refresh_token");
    w.clock.advance(std::chrono::days(step));
    passed += std::chrono::days(step);
  }
  const Reply last = flow.token(flow.refresh_fields(refresh_token));  // day 356: good for nine days, not for ninety
  CHECK(last.status() == 200);
  w.clock.advance(std::chrono::days(9) - seconds(1));
  CHECK(flow.token(with(flow.refresh_fields(last.text("refresh_token")), "scope", "staff")).code() == "invalid_scope");
  w.clock.advance(seconds(1));
  CHECK(flow.token(flow.refresh_fields(last.text("refresh_token"))).code() == "invalid_grant");
  w.clock.advance(-(passed - std::chrono::days(89) + std::chrono::days(9)));
}

TEST_CASE("cards that an issuer_state began are of its offer's case, not of the newest one") {
  TestWorld& w = world();
  const CodeFlow flow(w);
  Device device = w.register_device();
  const std::string approved = w.approve(device);
  const Offer offer = w.offer_of(device, approved);
  static_cast<void>(w.case_in_review(device));  // the newest: by itself it would only defer
  const Reply decided = flow.decide(device, asked(flow, begun_by(flow, offer)));
  REQUIRE(decided.status() == 200);
  const Reply token = flow.token(flow.code_fields(parameter(decided.text("redirect_to"), "code")));
  CHECK(flow.credential(token.text("access_token")).status() == 200);
  const Reply refreshed = flow.token(flow.refresh_fields(token.text("refresh_token")));
  CHECK(flow.credential(refreshed.text("access_token")).status() == 200);

  const Reply newest = flow.token(flow.code_fields(flow.code(device)));
  CHECK(flow.credential(newest.text("access_token")).status() == 202);
}

}  // namespace mibun::server
