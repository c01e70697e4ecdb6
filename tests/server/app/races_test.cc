#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <thread>

#include "core/codecs/base64url.h"
#include "core/codecs/url.h"
#include "tests/server/app/code_flow.h"
#include "tests/server/app/issuing.h"

// Rule R3: what may be used once is used once, whoever comes at the same time.
namespace mibun::server {
namespace {

constexpr std::size_t kRacers = 64;

// All requests are ready before the first is sent. race: how many ended with each status.
std::vector<Reply> race_replies(const TestWorld& world, const std::vector<TestRequest>& requests) {
  std::vector<Reply> replies(requests.size());
  std::barrier start(static_cast<std::ptrdiff_t>(requests.size()));
  std::vector<std::thread> racers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    racers.emplace_back([&, i] {
      start.arrive_and_wait();
      replies[i] = world.send(requests[i]);
    });
  }
  for (std::thread& racer : racers) racer.join();
  return replies;
}

std::map<int, int> race(const TestWorld& world, const std::vector<TestRequest>& requests) {
  std::map<int, int> counts;
  for (const Reply& reply : race_replies(world, requests)) ++counts[reply.status()];
  return counts;
}

std::vector<TestRequest> same(const TestRequest& request) {
  return std::vector<TestRequest>(kRacers, request);
}

void check_one(const std::map<int, int>& counts, int success, int refusal) {
  CHECK(counts.at(success) == 1);
  CHECK(counts.at(refusal) == static_cast<int>(kRacers) - 1);
  CHECK(counts.size() == 2);
}

TestRequest credential_request(TestWorld& w, const BoundToken& token, const std::string& nonce) {
  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const auto proof = sign_jwt(w.key_proof(key, nonce), key);
  return w.bound_request(token, "POST", "/oid4vci/credential", json::serialize(w.credential_body({proof})));
}

}  // namespace

TEST_CASE("64 identical registrations make one account") {
  TestWorld& w = world();
  const auto begun = w.begin_registration();
  const auto device = w.new_device();
  check_one(race(w, same(w.registration(begun, w.credential_json(begun, device)))), 201, 409);
}

TEST_CASE("64 uses of one assertion: one is let in") {
  TestWorld& w = world();
  check_one(race(w, same(w.account_request(w.holder, "GET", "/api/v1/account"))), 200, 401);
}

TEST_CASE("64 uses of one assertion of an authenticator that does not count: one is let in") {
  TestWorld& w = world();
  Device device = w.register_device();
  const auto begun = w.begin_assertion("GET", "/api/v1/account", "");
  TestRequest request;
  request.target = "/api/v1/account";
  request.add(webauthn::kRequestAssertionHeader, w.sign_assertion(device, begun, {.counter = 0}).to_header());
  check_one(race(w, same(request)), 200, 401);
}

TEST_CASE("A12: 64 uses of one pre-authorized code, each with a key of its own: one token") {
  TestWorld& w = world();
  const Offer offer = w.fresh_offer();
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) {
    const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
    requests.push_back(w.token_request(w.code_fields(offer), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key)));
  }
  check_one(race(w, requests), 200, 400);
}

TEST_CASE("64 uses of one request_uri: one page") {
  TestWorld& w = world();
  const CodeFlow flow(w);
  TestRequest request;
  request.target =
      "/oauth/authorize?" + form::encode({{"client_id", "test-wallet"}, {"request_uri", flow.request_uri()}});
  check_one(race(w, same(request)), 200, 400);
}

TEST_CASE("64 answers to one question: one goes back to the wallet") {
  TestWorld& w = world();
  const CodeFlow flow(w);
  check_one(race(w, same(w.json_request("POST", "/api/v1/authorizations/" + flow.authorization_id() + "/refusal", {}))),
            200, 400);
}

TEST_CASE("64 uses of one authorization code: one token, which the second use takes back") {
  TestWorld& w = world();
  static_cast<void>(w.approved_case());
  const CodeFlow flow(w);
  const FormParameters fields = flow.code_fields(flow.code(w.holder));
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(flow.token_request(fields));
  check_one(race(w, requests), 200, 400);
}

TEST_CASE("64 uses of one refresh token: one token") {
  TestWorld& w = world();
  static_cast<void>(w.approved_case());
  const CodeFlow flow(w);
  const Reply token = flow.token(flow.code_fields(flow.code(w.holder)));
  const FormParameters fields = flow.refresh_fields(token.text("refresh_token"));
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(flow.token_request(fields));
  check_one(race(w, requests), 200, 400);
}

TEST_CASE("64 uses of one DPoP proof: one is let in") {
  TestWorld& w = world();
  const auto asked = w.ask(w.shop);
  const auto token = w.token(w.shop);
  check_one(race(w, same(w.bound_request(token, "GET", "/api/v1/partner/requests/" + asked.id))), 200, 401);
}

TEST_CASE("64 uses of one client assertion: one token") {
  TestWorld& w = world();
  const std::string assertion = sign_jwt(w.client_assertion(w.shop), *w.shop.key);
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(w.client_credentials(w.shop, assertion));
  check_one(race(w, requests), 200, 401);
}

TEST_CASE("64 uses of one c_nonce: one batch") {
  TestWorld& w = world();
  const BoundToken token = w.holder_token();
  const std::string nonce = w.nonce();
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(credential_request(w, token, nonce));
  check_one(race(w, requests), 200, 400);
}

TEST_CASE("64 credential requests of one offer, each with a nonce of its own: one batch") {
  TestWorld& w = world();
  const BoundToken token = w.holder_token();
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(credential_request(w, token, w.nonce()));
  check_one(race(w, requests), 200, 400);
}

TEST_CASE("64 redemptions of one transaction: one batch") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string case_id = w.case_in_review(device);
  const BoundToken token = w.redeem(w.early_offer_of(device, case_id));
  const std::string id =
      w.send_well(ask_for_cards(w, kPhotoIdConfiguration, 2).request(w, token), 202).text("transaction_id");
  decide(w, case_id, true);
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(deferred_request(w, token, id));
  check_one(race(w, requests), 200, 400);
}

TEST_CASE("64 deferred requests of one token, each with a nonce of its own: one transaction") {
  TestWorld& w = world();
  Device device = w.register_device();
  const BoundToken token = w.redeem(w.early_offer_of(device, w.case_in_review(device)));
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(credential_request(w, token, w.nonce()));
  check_one(race(w, requests), 202, 400);
}

TEST_CASE("64 notifications of one batch: all are told so, one is written down") {
  TestWorld& w = world();
  Device device = w.register_device();
  const BoundToken token = w.redeem(w.offer_of(device, w.approve(device)));
  const std::string id =
      w.send_well(ask_for_cards(w, kIdentityConfiguration, 1).request(w, token), 200).text("notification_id");
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) {
    requests.push_back(w.bound_request(token, "POST", "/oid4vci/notification",
                                       R"({"notification_id":")" + id + R"(","event":"credential_accepted"})"));
  }
  CHECK(race(w, requests) == std::map<int, int>{{204, static_cast<int>(kRacers)}});
  const Reply history = w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  int written = 0;
  for (const json::Value& event : history.json.at("events").as_array()) {
    const json::Value* kind = event.as_object().if_contains("kind");
    if (kind != nullptr && kind->as_string() == "card_stored") ++written;
  }
  CHECK(written == 1);
}

TEST_CASE("64 times the same presentation response: taken once") {
  TestWorld& w = world();
  const HeldCard card = w.take_card();
  const auto asked = w.ask(w.shop);
  check_one(race(w, same(w.answer(asked, w.answer_form(w.fetch(asked), card)))), 200, 400);
}

TEST_CASE("64 partners' programs take one result: handed over once") {
  TestWorld& w = world();
  const auto [asked, response_code] = w.answered();
  const BoundToken token = w.token(w.shop);
  const json::Object body = w.claim(asked.session_secret, response_code);
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) {
    requests.push_back(
        w.bound_request(token, "POST", "/api/v1/partner/requests/" + asked.id + "/result", json::serialize(body)));
  }
  check_one(race(w, requests), 200, 410);
}

TEST_CASE("64 sessions take one result, one of them the session that asked: it alone, once, and nothing is lost") {
  TestWorld& w = world();
  const auto [asked, response_code] = w.answered();
  std::vector<TestRequest> requests;
  for (std::size_t i = 1; i < kRacers; ++i) {
    requests.push_back(w.take(w.shop, asked.id, w.claim("another-session-" + std::to_string(i), response_code)));
  }
  requests.push_back(w.take(w.shop, asked.id, w.claim(asked.session_secret, response_code)));
  check_one(race(w, requests), 200, 403);
}

TEST_CASE("64 tries of a pairing code at once: exactly five are compared, and then the request is locked") {
  TestWorld& w = world();
  const AskedRequest asked = w.ask(w.shop, "cross_device");
  const auto request = w.fetch(asked);
  const HeldCard card = w.take_card();
  const auto with_code = [&](const std::string& code) {
    AnswerTwist twist;
    twist.payload = [&](json::Object& payload) { payload[oid4vp::kPairingCodeMember] = code; };
    return w.answer(asked, w.answer_form(request, card, twist));
  };
  std::string wrong = asked.pairing_code;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  const auto tries = race_replies(w, same(with_code(wrong)));
  std::map<std::string, int> counts;
  for (const Reply& reply : tries) {
    CHECK(reply.status() == 400);
    ++counts[reply.text(oid4vp::kOurCodeMember)];
  }
  CHECK(counts["pairing_code_wrong"] == 4);
  CHECK(counts["pairing_code_locked"] == static_cast<int>(kRacers) - 4);  // the fifth, and all that came after it
  const Reply late = w.send(with_code(asked.pairing_code));
  CHECK(late.status() == 400);  // the right code, too late
  CHECK(late.text(oid4vp::kOurCodeMember) == "pairing_code_locked");
}

TEST_CASE("64 answers with the right pairing code at once: one is taken") {
  TestWorld& w = world();
  const AskedRequest asked = w.ask(w.shop, "cross_device");
  AnswerTwist twist;
  twist.payload = [&](json::Object& payload) { payload[oid4vp::kPairingCodeMember] = asked.pairing_code; };
  check_one(race(w, same(w.answer(asked, w.answer_form(w.fetch(asked), w.take_card(), twist)))), 200, 400);
}

TEST_CASE("A29, A40: 64 wrong tx_codes at once: all refused, and the right one comes too late") {
  TestWorld& w = world();
  const Offer offer = w.fresh_offer();
  Offer wrong = offer;
  wrong.tx_code[0] = wrong.tx_code[0] == '0' ? '1' : '0';
  std::vector<TestRequest> requests;
  for (std::size_t i = 0; i < kRacers; ++i) {
    const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
    requests.push_back(w.token_request(w.code_fields(wrong), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key)));
  }
  CHECK(race(w, requests).at(400) == static_cast<int>(kRacers));
  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const auto late =
      w.send(w.token_request(w.code_fields(offer), sign_jwt(w.dpop_proof(key, "POST", "/oauth/token"), key)));
  CHECK(late.status() == 400);  // the right code, too late
  CHECK(late.code() == "invalid_grant");
}

}  // namespace mibun::server
