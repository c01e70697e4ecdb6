#include "tests/server/world/single_use.h"

#include <algorithm>
#include <array>
#include <barrier>
#include <thread>

#include "tests/server/world/attested_wallet.h"
#include "tests/server/world/code_flow.h"
#include "tests/server/world/issuing.h"

namespace mibun::server {
namespace {

template <class Make>
Prepared each(const Make& make) {
  Prepared prepared;
  std::generate_n(std::back_inserter(prepared.racing), kRacers, make);
  prepared.late = make();
  return prepared;
}

Prepared same(const TestRequest& request) {
  return {Submissions(kRacers, request), request};
}

// ---- Accounts ----

Prepared register_one(TestWorld& w) {
  const auto begun = w.begin_registration();
  return same(w.registration(begun, w.credential_json(begun, w.new_device())));
}

Prepared assert_one(TestWorld& w) {
  return same(w.account_request(w.holder, "GET", "/api/v1/account"));
}

// ---- Tokens ----

Prepared redeem_one(TestWorld& w) {
  return redemptions(w, w.fresh_offer());
}

Prepared guess_tx_code(TestWorld& w) {
  Offer wrong = w.fresh_offer();
  wrong.tx_code = wrong_code(wrong.tx_code);
  return redemptions(w, wrong);
}

Prepared open_one(TestWorld& w) {
  TestRequest request;
  request.target =
      "/oauth/authorize?" + form::encode({{"client_id", "test-wallet"}, {"request_uri", CodeFlow(w).request_uri()}});
  return same(request);
}

Prepared refuse_one(TestWorld& w) {
  return same(w.json_request("POST", "/api/v1/authorizations/" + CodeFlow(w).authorization_id() + "/refusal", {}));
}

Prepared redeem_authorization(TestWorld& w) {
  static_cast<void>(w.approved_case());
  const CodeFlow flow(w);
  const FormParameters fields = flow.code_fields(flow.code(w.holder));
  return each([&] { return flow.token_request(fields); });
}

Prepared refresh_one(TestWorld& w) {
  static_cast<void>(w.approved_case());
  const CodeFlow flow(w);
  const Reply token = flow.token(flow.code_fields(flow.code(w.holder)));
  const FormParameters fields = flow.refresh_fields(token.text("refresh_token"));
  return each([&] { return flow.token_request(fields); });
}

Prepared show_one_possession(TestWorld& w) {
  const AttestedWallet wallet = attested_wallet(w, w.holder);
  const std::string pop = sign_jwt(pop_of(w, std::string(kAttestedClient), attestation_challenge(w)), *wallet.key);
  const AttestedFlow flow(w);
  return each([&] { return show(flow.par(), wallet.attestation, pop); });
}

Prepared show_one_dpop_proof(TestWorld& w) {
  const AskedRequest asked = w.ask(w.shop);
  return same(w.bound_request(w.token(w.shop), "GET", "/api/v1/partner/requests/" + asked.id));
}

Prepared show_one_assertion(TestWorld& w) {
  const std::string assertion = sign_jwt(w.client_assertion(w.shop), *w.shop.key);
  return each([&] { return w.client_credentials(w.shop, assertion); });
}

// A person whose card is ready, and whose yes can come in any order.
struct ReadyPerson {
  explicit ReadyPerson(TestWorld& world) : w(world), device(w.register_device()) {
    device.counts = false;
    offer = w.offer_of(device, w.approve(device));
  }
  // Their yes to a question of its own, which was begun by the offer.
  TestRequest yes() {
    const CodeFlow flow(w);
    const std::string uri = flow.push(with(flow.par_fields(), "issuer_state", offer.issuer_state)).text("request_uri");
    return w.account_request(device, "POST",
                             "/api/v1/authorizations/" + flow.open(uri).text("authorization_id") + "/approval", "{}");
  }
  TestRequest code() const { return redemptions(w, offer).late; }

  TestWorld& w;
  Device device;
  Offer offer;
};

Prepared begin_by_one_state(TestWorld& w) {
  ReadyPerson person(w);
  return each([&] { return person.yes(); });
}

Prepared take_offer_in_both_ways(TestWorld& w) {
  ReadyPerson person(w);
  bool is_yes = false;
  return each([&] {
    is_yes = !is_yes;
    return is_yes ? person.yes() : person.code();
  });
}

// ---- Proofing ----

Prepared decide_again(TestWorld& w) {
  Device device = w.register_device();
  return approvals(w, w.case_in_review(device), {&w.akari});
}

// Whoever comes second ends the case; the first approval is there, so that who comes late can be the second.
Prepared approve_second(TestWorld& w) {
  Device device = w.register_device();
  const std::string case_id = w.case_in_review(device);
  w.send_well(approvals(w, case_id, {&w.akari}).late, 200);
  return approvals(w, case_id, {&w.minoru, &w.sora, &w.akari});
}

// ---- Cards ----

TestRequest credential_request(TestWorld& w, const BoundToken& token, const std::string& nonce) {
  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const auto proof = sign_jwt(w.key_proof(key, nonce), key);
  return w.bound_request(token, "POST", "/oid4vci/credential", json::serialize(w.credential_body({proof})));
}

Prepared use_one_nonce(TestWorld& w) {
  const BoundToken token = w.holder_token();
  const std::string nonce = w.nonce();
  return each([&] { return credential_request(w, token, nonce); });
}

Prepared ask_for_one_card(TestWorld& w) {
  const BoundToken token = w.holder_token();
  return each([&] { return credential_request(w, token, w.nonce()); });
}

Prepared take_deferred(TestWorld& w) {
  Device device = w.register_device();
  const std::string case_id = w.case_in_review(device);
  const BoundToken token = w.redeem(w.early_offer_of(device, case_id));
  const std::string id =
      w.send_well(ask_for_cards(w, kPhotoIdConfiguration, 2).request(w, token), 202).text("transaction_id");
  decide(w, case_id, true);
  return each([&] { return deferred_request(w, token, id); });
}

Prepared defer_one(TestWorld& w) {
  Device device = w.register_device();
  const BoundToken token = w.redeem(w.early_offer_of(device, w.case_in_review(device)));
  return each([&] { return credential_request(w, token, w.nonce()); });
}

// ---- Presentations ----

Prepared answer_one(TestWorld& w) {
  const HeldCard card = w.take_card();
  const AskedRequest asked = w.ask(w.shop);
  return same(w.answer(asked, w.answer_form(w.fetch(asked), card)));
}

Prepared take_one_result(TestWorld& w) {
  const auto [asked, response_code] = w.answered();
  const std::string& id = asked.id;
  const json::Object claim = w.claim(asked.session_secret, response_code);
  return each([&] { return w.take(w.shop, id, claim); });
}

Prepared pair_one(TestWorld& w) {
  const AskedRequest asked = w.ask(w.shop, "cross_device");
  return same(answer_with_pairing_code(w, asked, w.fetch(asked), asked.pairing_code));
}

Prepared guess_pairing_code(TestWorld& w) {
  const AskedRequest asked = w.ask(w.shop, "cross_device");
  return same(answer_with_pairing_code(w, asked, w.fetch(asked), wrong_code(asked.pairing_code)));
}

constexpr std::string_view kNothing = "SELECT 0";
constexpr std::string_view kRedeemedOffers = "SELECT COUNT(*) FROM offers WHERE state = 'redeemed'";
// Nobody is approved by one, and nobody by two is left waiting.
constexpr std::string_view kHalfDecided =
    "SELECT COUNT(*) FROM cases WHERE (state = 'approved') <> ((SELECT COUNT(*) FROM reviews WHERE reviews.case_id = "
    "cases.case_id AND decision = 'approve') = 2)";
// A code that comes twice takes back what came of it; whatever is left of it then is left by
// mistake.
constexpr std::string_view kTakenBack = "SELECT COUNT(*) FROM authorizations WHERE phase = 'ended'";
constexpr std::string_view kLeftOfIt =
    "SELECT (SELECT COUNT(*) FROM access_tokens JOIN authorizations USING (authorization_id) WHERE phase = 'ended') + "
    "(SELECT COUNT(*) FROM refresh_tokens JOIN authorizations USING (authorization_id) WHERE phase = 'ended')";
constexpr std::string_view kAnswered = "SELECT COUNT(*) FROM presentation_requests WHERE state = 'answered'";
// Right codes are counted as well: five of them that the kill kept from their end leave nothing to try.
constexpr std::string_view kAnsweredOrTried =
    "SELECT COUNT(*) FROM presentation_requests WHERE state = 'answered' OR pairing_tries = 5";
constexpr std::string_view kHalfAnswered =
    "SELECT COUNT(*) FROM presentation_requests WHERE state <> 'delivered' AND ((state = 'answered') <> (result IS NOT "
    "NULL) OR (state = 'answered') <> EXISTS (SELECT 1 FROM consent_receipts AS beside WHERE beside.consent_hash = "
    "presentation_requests.consent_hash))";

}  // namespace

namespace single_use {

extern const SingleUse registration{
    "registration", register_one, 201, 409, 1, "SELECT COUNT(*) FROM accounts",
    // Of accounts of the last five minutes: registrations that ended long ago are purged.
    "SELECT COUNT(*) FROM accounts WHERE created_at > (SELECT MAX(created_at) FROM accounts) - 300000 AND account_id "
    "NOT IN (SELECT account_id FROM registrations WHERE account_id IS NOT NULL)"};
extern const SingleUse webauthn_challenge{"WebAuthn challenge",
                                          assert_one,
                                          200,
                                          401,
                                          1,
                                          "SELECT COUNT(*) FROM single_use WHERE kind = 'request assertion'",
                                          kNothing};
extern const SingleUse pre_authorized_code{
    "pre-authorized code",
    redeem_one,
    200,
    400,
    1,
    "SELECT COUNT(*) FROM access_tokens WHERE context <> ''",
    "SELECT COUNT(*) FROM offers WHERE (state = 'redeemed') <> (offer_id IN (SELECT context FROM access_tokens WHERE "
    "context <> ''))"};
extern const SingleUse tx_code_tries{
    "tx_code tries",
    guess_tx_code,
    200,
    400,
    0,
    "SELECT COUNT(*) FROM offers WHERE tries = 5 AND state = 'locked'",
    "SELECT COUNT(*) FROM offers WHERE tries > 5 OR (tries = 5) <> (state = 'locked')"};
extern const SingleUse request_uri{
    "PAR request_uri", open_one, 200, 400, 1, "SELECT COUNT(*) FROM authorizations WHERE phase = 'asked'", kNothing};
extern const SingleUse question{"authorization question", refuse_one, 200, 400, 1, kTakenBack, kNothing};
extern const SingleUse authorization_code{
    "authorization code", redeem_authorization, 200, 400, 1, kTakenBack, kLeftOfIt};
extern const SingleUse refresh_token{"refresh token",
                                     refresh_one,
                                     200,
                                     400,
                                     static_cast<int>(kRacers) + 1,
                                     "SELECT COUNT(*) FROM refresh_tokens",
                                     "SELECT COUNT(*) <> 1 FROM refresh_tokens WHERE used = 0",
                                     true};
extern const SingleUse attestation_pop{
    "client attestation PoP jti",
    show_one_possession,
    201,
    401,
    1,
    "SELECT COUNT(*) FROM authorizations WHERE phase = 'pushed'",
    "SELECT (SELECT COUNT(*) FROM authorizations WHERE phase = 'pushed') <> (SELECT COUNT(*) FROM single_use WHERE "
    "kind = 'client_attestation_jti')"};
extern const SingleUse dpop_proof{
    "DPoP jti", show_one_dpop_proof, 200, 401, 1, "SELECT COUNT(*) FROM single_use WHERE kind = 'dpop_jti'", kNothing};
extern const SingleUse client_assertion{
    "client assertion jti", show_one_assertion, 200, 401, 1, "SELECT COUNT(*) FROM access_tokens", kNothing};
extern const SingleUse c_nonce{"c_nonce",
                               use_one_nonce,
                               200,
                               400,
                               1,
                               "SELECT COUNT(*) FROM c_nonces WHERE used = 1",
                               "SELECT COUNT(*) FROM card_issuances WHERE state = 'intended'"};
extern const SingleUse card_of_a_token{"card of a token",
                                       ask_for_one_card,
                                       200,
                                       400,
                                       1,
                                       "SELECT COUNT(*) FROM card_issuances WHERE state = 'issued'",
                                       "SELECT COUNT(*) FROM card_issuances WHERE state = 'intended'"};
extern const SingleUse transaction_id{
    "deferred transaction_id",
    take_deferred,
    200,
    400,
    1,
    "SELECT COUNT(*) FROM deferred_issuances WHERE state = 'issued' AND sealed IS NULL",
    "SELECT (SELECT COUNT(*) FROM deferred_issuances WHERE state = 'issuing') + (SELECT "
    "COUNT(*) FROM card_issuances WHERE state = 'intended')"};
extern const SingleUse deferral_of_a_token{
    "deferral of a token",
    defer_one,
    202,
    400,
    1,
    "SELECT COUNT(*) FROM deferred_issuances WHERE state = 'waiting'",
    "SELECT (SELECT COUNT(*) FROM deferred_issuances) <> (SELECT COUNT(*) FROM c_nonces "
    "WHERE used = 1)"};
extern const SingleUse presentation_response{
    "presentation response", answer_one, 200, 400, 1, kAnswered, kHalfAnswered};
extern const SingleUse result{
    "result",
    take_one_result,
    200,
    410,
    1,
    "SELECT COUNT(*) FROM presentation_requests WHERE state = 'delivered'",
    "SELECT COUNT(*) FROM presentation_requests WHERE (state = 'delivered') = (result IS NOT NULL)"};
extern const SingleUse pairing_code{"pairing code", pair_one, 200, 400, 1, kAnsweredOrTried, kHalfAnswered};
extern const SingleUse pairing_tries{
    "pairing code tries",
    guess_pairing_code,
    200,
    400,
    0,
    "SELECT COUNT(*) FROM presentation_requests WHERE pairing_tries = 5 AND pairing_locked = 1",
    "SELECT COUNT(*) FROM presentation_requests WHERE pairing_tries > 5 OR (pairing_tries = 5) <> (pairing_locked = "
    "1)"};

extern const SingleUse issuer_state{
    "issuer_state",
    begin_by_one_state,
    200,
    400,
    1,
    kRedeemedOffers,
    "SELECT (SELECT COUNT(*) FROM offers WHERE state = 'redeemed') <> (SELECT COUNT(*) FROM authorizations WHERE phase "
    "= 'approved' AND offer_id <> '')"};
extern const SingleUse offer_in_both_ways{
    "offer in both ways",
    take_offer_in_both_ways,
    200,
    400,
    1,
    kRedeemedOffers,
    "SELECT (SELECT COUNT(*) FROM offers WHERE state = 'redeemed') <> (SELECT COUNT(*) FROM authorizations WHERE phase "
    "= 'approved' AND offer_id <> '') + (SELECT COUNT(*) FROM access_tokens WHERE context <> '')"};
extern const SingleUse decision_of_a_reviewer{"decision of a reviewer",       decide_again, 200, 409, 1,
                                              "SELECT COUNT(*) FROM reviews", kHalfDecided};
extern const SingleUse second_approval{
    "second approval", approve_second, 200, 409, 1, "SELECT COUNT(*) FROM cases WHERE state = 'approved'",
    kHalfDecided};

std::span<const SingleUse* const> all() {
  static constexpr std::array kAll = {&registration,
                                      &webauthn_challenge,
                                      &pre_authorized_code,
                                      &tx_code_tries,
                                      &request_uri,
                                      &question,
                                      &authorization_code,
                                      &refresh_token,
                                      &attestation_pop,
                                      &dpop_proof,
                                      &client_assertion,
                                      &c_nonce,
                                      &card_of_a_token,
                                      &transaction_id,
                                      &deferral_of_a_token,
                                      &presentation_response,
                                      &result,
                                      &pairing_code,
                                      &pairing_tries,
                                      &issuer_state,
                                      &offer_in_both_ways,
                                      &decision_of_a_reviewer,
                                      &second_approval};
  return kAll;
}

}  // namespace single_use

void send_at_once(App& app, const Submissions& submissions, const std::function<void(std::size_t, Reply)>& told,
                  const std::function<void()>& begin) {
  std::barrier start(static_cast<std::ptrdiff_t>(submissions.size()), [&begin]() noexcept { begin(); });
  std::vector<std::jthread> racers;
  for (std::size_t i = 0; i < submissions.size(); ++i) {
    racers.emplace_back([&, i] {
      start.arrive_and_wait();
      told(i, send_to(app, submissions[i]));
    });
  }
}

Prepared redemptions(TestWorld& w, const Offer& offer) {
  return each([&] {
    const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
    return w.token_request(w.code_fields(offer), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key));
  });
}

Prepared approvals(TestWorld& w, const std::string& case_id, const std::vector<const Program*>& reviewers) {
  std::size_t next = 0;
  return each([&] {
    const Program& reviewer = *reviewers[next++ % reviewers.size()];
    return w.bound_request(w.token(reviewer), "POST", "/api/v1/staff/cases/" + case_id + "/decisions",
                           R"({"decision":"approve","reason_code":"all_checks_passed"})");
  });
}

TestRequest answer_with_pairing_code(TestWorld& w, const AskedRequest& asked, const oid4vp::VerifiedRequest& request,
                                     const std::string& code) {
  AnswerTwist twist;
  twist.payload = [&](json::Object& payload) { payload[oid4vp::kPairingCodeMember] = code; };
  return w.answer(asked, w.answer_form(request, w.take_card(), twist));
}

std::string wrong_code(std::string code) {
  code.back() = code.back() == '0' ? '1' : '0';
  return code;
}

}  // namespace mibun::server
