#include <doctest/doctest.h>

#include <algorithm>
#include <barrier>
#include <set>
#include <thread>

#include "core/oid4vci/client_assertion.h"
#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "tests/server/world/own_world.h"

// What happened to others (docs/attacks.md), where no other test of this folder has it.
namespace mibun::server {
namespace {

Reply decide(const TestWorld& w, const Program& reviewer, const std::string& case_id) {
  return w.send(w.bound_request(w.token(reviewer), "POST", "/api/v1/staff/cases/" + case_id + "/decisions",
                                R"({"decision":"approve","reason_code":"all_checks_passed"})"));
}

TestRequest credential_request(TestWorld& w, const BoundToken& token, const std::string& nonce) {
  const crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  const auto proof = sign_jwt(w.key_proof(key, nonce), key);
  return w.bound_request(token, "POST", "/oid4vci/credential", json::serialize(w.credential_body({proof})));
}

// All requests are ready before the first is sent.
std::vector<Reply> send_at_once(const TestWorld& w, const std::vector<TestRequest>& requests) {
  std::vector<Reply> replies(requests.size());
  std::barrier start(static_cast<std::ptrdiff_t>(requests.size()));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      replies[i] = w.send(requests[i]);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return replies;
}

}  // namespace

TEST_CASE("A9: no two requests share nonce, state, key or address") {
  TestWorld& w = world();
  std::set<std::string> nonces, states, keys, ids;
  constexpr std::size_t kRequests = 20;
  for (std::size_t i = 0; i < kRequests; ++i) {
    const AskedRequest asked = w.ask(w.shop);
    const auto request = w.fetch(asked);
    CHECK(request.nonce().size() >= 22);  // 128 bits
    CHECK(asked.id.size() >= 22);
    nonces.insert(request.nonce());
    states.insert(request.state().value_or(""));
    keys.insert(request.response_key()->key.thumbprint());
    ids.insert(asked.id);
  }
  for (const auto* set : {&nonces, &states, &keys, &ids}) CHECK(set->size() == kRequests);
}

TEST_CASE("A11: a presentation that comes again and again is taken once") {
  TestWorld& w = world();
  const HeldCard card = w.take_card();
  const AskedRequest asked = w.ask(w.shop), refused = w.ask(w.shop);
  // A refusal, too, which has no receipt that stands in its own way.
  for (const TestRequest& answer : {w.answer(asked, w.answer_form(w.fetch(asked), card)),
                                    w.answer(refused, oid4vp::build_error_form(w.fetch(refused), "access_denied"))}) {
    const auto replies = send_at_once(w, std::vector<TestRequest>(64, answer));
    CHECK(std::ranges::count(replies, 200, &Reply::status) == 1);
    for (int i = 0; i < 3; ++i) CHECK(w.send(answer).status() == 400);
  }
}

TEST_CASE("A13: a c_nonce is good for one credential request, whoever sends the second") {
  TestWorld& w = world();
  Device other = w.register_device();
  const BoundToken first = w.holder_token();
  const BoundToken second = w.redeem(w.offer_of(other, w.approve(other)));
  const std::string nonce = w.nonce();
  CHECK(w.send(credential_request(w, first, nonce)).status() == 200);
  const Reply refused = w.send(credential_request(w, second, nonce));
  CHECK(refused.status() == 400);
  CHECK(refused.code() == "invalid_nonce");
  CHECK(w.send(credential_request(w, second, w.nonce())).status() == 200);
}

TEST_CASE("A41: a DPoP proof counts once for its key, and says nothing about the proofs of another key") {
  TestWorld& w = world();
  const auto asked = w.ask(w.shop);
  const TestRequest request = w.bound_request(w.token(w.shop), "GET", "/api/v1/partner/requests/" + asked.id);
  CHECK(w.send(request).status() == 200);
  for (int i = 0; i < 3; ++i) CHECK(w.send(request).code() == "dpop_replayed");
  // The same jti by another key.
  const auto token_with = [&](const crypto::P256PrivateKey& key, const std::string& jti) {
    JwtParts proof = w.dpop_proof(key, "POST", "/oauth/token");
    proof.payload["jti"] = jti;
    return w.send(w.token_request({{"grant_type", "client_credentials"},
                                   {"client_assertion_type", std::string(oid4vci::kClientAssertionType)},
                                   {"client_assertion", sign_jwt(w.client_assertion(w.shop), *w.shop.key)}},
                                  sign_jwt(proof, key)));
  };
  const auto one = crypto::P256PrivateKey::generate(), another = crypto::P256PrivateKey::generate();
  CHECK(token_with(one, "the-same-jti").status() == 200);
  CHECK(token_with(one, "the-same-jti").code() == "invalid_dpop_proof");
  CHECK(token_with(another, "the-same-jti").status() == 200);
}

TEST_CASE("A41: without the memory of what was used nothing that must be new is let in") {
  OwnWorld w;
  const AskedRequest asked = w.ask(w.shop);
  const BoundToken token = w.token(w.shop);
  const auto request = [&] { return w.bound_request(token, "GET", "/api/v1/partner/requests/" + asked.id); };
  const TestRequest used = request();
  REQUIRE(w.send(used).status() == 200);
  w.app.reset();
  must(must(database::Database::open(w.data_directory() + "/mibun.db", migrations()))
           ->write([](database::Transaction& transaction) -> Status {
             MIBUN_CHECK(transaction.run("DROP TABLE single_use"));
             return {};
           }));
  w.app = must(App::open(w.config, w.clock, w.rng));
  for (const TestRequest& one : {used, request()}) CHECK(w.send(one).status() >= 500);
}

TEST_CASE("A44: one reviewer issues nothing alone, however often") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string case_id = w.case_in_review(device);
  CHECK(decide(w, w.akari, case_id).text("state") == "in_review");
  for (int i = 0; i < 3; ++i) CHECK(decide(w, w.akari, case_id).code() == "case_same_reviewer");
  CHECK(decide(w, w.minoru, case_id).text("state") == "approved");
}

TEST_CASE("A45: of people who come at the same moment each gets their own") {
  TestWorld& w = world();
  std::vector<Device> devices;
  std::vector<TestRequest> requests;
  for (int i = 0; i < 32; ++i) devices.push_back(w.register_device());
  for (Device& device : devices) requests.push_back(w.account_request(device, "GET", "/api/v1/account"));
  const std::vector<Reply> replies = send_at_once(w, requests);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    REQUIRE(replies[i].status() == 200);
    CHECK(replies[i].text("account_id") == devices[i].account_id);
  }
}

}  // namespace mibun::server
