#include <doctest/doctest.h>

#include <set>

#include "tests/server/world/code_flow.h"
#include "tests/server/world/issuing.h"
#include "tests/server/world/single_use.h"

// Rule R3: what may be used once is used once, whoever comes at the same time.
namespace mibun::server {
namespace {

std::vector<Reply> race_replies(const TestWorld& world, const Submissions& submissions) {
  std::vector<Reply> replies(submissions.size());
  send_at_once(*world.app, submissions, [&](std::size_t i, Reply reply) { replies[i] = std::move(reply); });
  return replies;
}

// How many ended with each status.
std::map<int, int> race(const TestWorld& world, const Submissions& submissions) {
  std::map<int, int> counts;
  for (const Reply& reply : race_replies(world, submissions)) ++counts[reply.status()];
  return counts;
}

void check_one(const std::map<int, int>& counts, int success, int refusal) {
  CHECK(counts.at(success) == 1);
  CHECK(counts.at(refusal) == static_cast<int>(kRacers) - 1);
  CHECK(counts.size() == 2);
}

void race_for(const SingleUse& one) {
  const Prepared prepared = one.prepare(world());
  check_one(race(world(), prepared.racing), one.success, one.refusal);
  CHECK(world().send(prepared.late).status() == one.refusal);
}

}  // namespace

TEST_CASE("64 identical registrations make one account") {
  race_for(single_use::registration);
}

TEST_CASE("64 uses of one assertion: one is let in") {
  race_for(single_use::webauthn_challenge);
}

TEST_CASE("64 uses of one assertion of an authenticator that does not count: one is let in") {
  TestWorld& w = world();
  Device device = w.register_device();
  const auto begun = w.begin_assertion("GET", "/api/v1/account", "");
  TestRequest request;
  request.target = "/api/v1/account";
  request.add(webauthn::kRequestAssertionHeader, w.sign_assertion(device, begun, {.counter = 0}).to_header());
  check_one(race(w, Submissions(kRacers, request)), 200, 401);
}

TEST_CASE("A12: 64 uses of one pre-authorized code, each with a key of its own: one token") {
  race_for(single_use::pre_authorized_code);
}

TEST_CASE("64 uses of one request_uri: one page") {
  race_for(single_use::request_uri);
}

TEST_CASE("64 answers to one question: one goes back to the wallet") {
  race_for(single_use::question);
}

TEST_CASE("64 uses of one authorization code: one token, which the second use takes back") {
  race_for(single_use::authorization_code);
}

TEST_CASE("64 uses of one refresh token by its key: one successor, for all of them") {
  TestWorld& w = world();
  const Prepared prepared = single_use::refresh_token.prepare(w);
  std::set<std::string> successors, access_tokens;
  for (const Reply& reply : race_replies(w, prepared.racing)) {
    CHECK(reply.status() == 200);
    successors.insert(reply.text("refresh_token"));
    access_tokens.insert(reply.text("access_token"));
  }
  CHECK(successors.size() == 1);
  CHECK(access_tokens.size() == kRacers);
  CHECK(w.send(prepared.late).text("refresh_token") == *successors.begin());
}

TEST_CASE("64 uses of a refresh token and of its successor at once: whichever way, one line of them lives or none") {
  TestWorld& w = world();
  static_cast<void>(w.approved_case());
  const CodeFlow flow(w);
  const FormParameters old =
      flow.refresh_fields(flow.token(flow.code_fields(flow.code(w.holder))).text("refresh_token"));
  const FormParameters next = flow.refresh_fields(flow.token(old).text("refresh_token"));
  Submissions requests;
  for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(flow.token_request(i % 2 == 0 ? old : next));
  std::string newest;
  for (const Reply& reply : race_replies(w, requests)) {
    if (reply.status() != 200) CHECK(reply.code() == "invalid_grant");
    const std::string given = reply.status() == 200 ? reply.text("refresh_token") : "";
    if (!given.empty() && given != next.back().second) newest = given;
  }
  // By now the successor was used, by one of them at the latest: the old one is a stolen one from here on.
  if (newest.empty()) CHECK(w.send(flow.token_request(next)).code() == "invalid_grant");
  CHECK(w.send(flow.token_request(old)).code() == "invalid_grant");
  for (const std::string& token : {old.back().second, next.back().second, newest}) {
    if (token.empty()) continue;
    CHECK(w.send(flow.token_request(flow.refresh_fields(token))).code() == "invalid_grant");
  }
}

TEST_CASE(
    "64 uses of a refresh token, and of each of its successors: one line, round after round, until an old one comes") {
  constexpr int kRounds = 6;
  TestWorld& w = world();
  static_cast<void>(w.approved_case());
  const CodeFlow flow(w);
  FormParameters current = flow.refresh_fields(flow.token(flow.code_fields(flow.code(w.holder))).text("refresh_token"));
  std::vector<FormParameters> line{current};
  for (int round = 0; round < kRounds; ++round) {
    CAPTURE(round);
    Submissions requests;
    for (std::size_t i = 0; i < kRacers; ++i) requests.push_back(flow.token_request(current));
    std::set<std::string> successors;
    for (const Reply& reply : race_replies(w, requests)) {
      CHECK(reply.status() == 200);
      if (reply.status() == 200) successors.insert(reply.text("refresh_token"));
    }
    REQUIRE(successors.size() == 1);
    current = flow.refresh_fields(*successors.begin());
    for (const FormParameters& before : line) CHECK(before.back().second != current.back().second);
    line.push_back(current);
  }
  // One whose successor was used is a stolen one, whoever comes with it: the line ends.
  for (const std::size_t i : {line.size() - 3, line.size() - 1, std::size_t{0}}) {
    CHECK(w.send(flow.token_request(line[i])).code() == "invalid_grant");
  }
}

TEST_CASE("64 questions that one issuer_state began, and their person's yes to each: one uses it") {
  race_for(single_use::issuer_state);
}

TEST_CASE("64 uses of one offer, half of them by its code and half by its person's sign-in: one") {
  race_for(single_use::offer_in_both_ways);
}

TEST_CASE("64 decisions of one reviewer: one counts") {
  race_for(single_use::decision_of_a_reviewer);
}

TEST_CASE("64 second approvals by three reviewers, one of whom was the first: one ends the case") {
  race_for(single_use::second_approval);
}

TEST_CASE("64 approvals by three reviewers of a new case: exactly two count, of two people, and there is one offer") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string case_id = w.case_in_review(device);
  const auto racing = approvals(w, case_id, {&w.akari, &w.minoru, &w.sora}).racing;
  std::set<std::size_t> deciders;
  int refused = 0;
  const auto replies = race_replies(w, racing);
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (replies[i].status() == 200) {
      deciders.insert(i % 3);
    } else {
      CHECK((replies[i].code() == "case_same_reviewer" || replies[i].code() == "case_wrong_state"));
      ++refused;
    }
  }
  CHECK(refused == static_cast<int>(kRacers) - 2);
  CHECK(deciders.size() == 2);
  static_cast<void>(w.redeem(w.offer_of(device, case_id)));
}

TEST_CASE("64 uses of one proof of possession of a wallet instance: one is let in") {
  race_for(single_use::attestation_pop);
}

TEST_CASE("64 uses of one DPoP proof: one is let in") {
  race_for(single_use::dpop_proof);
}

TEST_CASE("64 uses of one client assertion: one token") {
  race_for(single_use::client_assertion);
}

TEST_CASE("64 uses of one c_nonce: one batch") {
  race_for(single_use::c_nonce);
}

TEST_CASE("64 credential requests of one offer, each with a nonce of its own: one batch") {
  race_for(single_use::card_of_a_token);
}

TEST_CASE("64 redemptions of one transaction: one batch") {
  race_for(single_use::transaction_id);
}

TEST_CASE("64 deferred requests of one token, each with a nonce of its own: one transaction") {
  race_for(single_use::deferral_of_a_token);
}

TEST_CASE("64 notifications of one batch: all are told so, one is written down") {
  TestWorld& w = world();
  Device device = w.register_device();
  const BoundToken token = w.redeem(w.offer_of(device, w.approve(device)));
  const std::string id =
      w.send_well(ask_for_cards(w, kIdentityConfiguration, 1).request(w, token), 200).text("notification_id");
  Submissions requests;
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
  race_for(single_use::presentation_response);
}

TEST_CASE("64 partners' programs take one result: handed over once") {
  race_for(single_use::result);
}

TEST_CASE("64 sessions take one result, one of them the session that asked: it alone, once, and nothing is lost") {
  TestWorld& w = world();
  const auto [asked, response_code] = w.answered();
  Submissions requests;
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
  const auto with_code = [&](const std::string& code) { return answer_with_pairing_code(w, asked, request, code); };
  const auto tries = race_replies(w, Submissions(kRacers, with_code(wrong_code(asked.pairing_code))));
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
  race_for(single_use::pairing_code);
}

TEST_CASE("A29, A40: 64 wrong tx_codes at once: all refused, and the right one comes too late") {
  TestWorld& w = world();
  const Offer offer = w.fresh_offer();
  Offer wrong = offer;
  wrong.tx_code = wrong_code(wrong.tx_code);
  CHECK(race(w, redemptions(w, wrong).racing).at(400) == static_cast<int>(kRacers));
  const Reply late = w.send(redemptions(w, offer).late);
  CHECK(late.status() == 400);  // the right code, too late
  CHECK(late.code() == "invalid_grant");
}

}  // namespace mibun::server
