#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "tests/server/world/test_world.h"

// Everything that may be used once (docs/threat_model.md, R3), with 64 submissions of it that are right in every
// respect, to be sent at the same moment, and one more to be sent when those are done or lost.
namespace mibun::server {

inline constexpr std::size_t kRacers = 64;

using Submissions = std::vector<TestRequest>;

struct Prepared {
  Submissions racing;  // kRacers of them
  TestRequest late;    // as right as they are; its proofs were never sent
};

struct SingleUse {
  std::string_view what;
  Prepared (*prepare)(TestWorld& w);
  int success, refusal;  // HTTP
  int successes;         // of the 64: one, none where they are 64 wrong guesses, all where the same answer is repeated
  // SQL: how often the effect is there (the 64 together leave it exactly once), and how often something is that may not
  // be: an effect without its mark, or a mark without its effect.
  std::string_view effect, half_done;
  bool repeated = false;  // the 64, and the late one, are given one and the same answer; each proof once
};

namespace single_use {
extern const SingleUse registration, webauthn_challenge, pre_authorized_code, tx_code_tries, request_uri, question,
    authorization_code, refresh_token, attestation_pop, dpop_proof, client_assertion, c_nonce, card_of_a_token,
    transaction_id, deferral_of_a_token, presentation_response, result, pairing_code, pairing_tries, issuer_state,
    offer_in_both_ways, decision_of_a_reviewer, second_approval;
std::span<const SingleUse* const> all();
}  // namespace single_use

// All requests are ready before the first is sent: `begin` is called then. `told` is called by many threads.
void send_at_once(
    App& app, const Submissions& submissions, const std::function<void(std::size_t, Reply)>& told,
    const std::function<void()>& begin = [] {});

// Token requests, each with a DPoP key of its own.
Prepared redemptions(TestWorld& w, const Offer& offer);
// Decisions of these reviewers that approve the case, one after the other in turn.
Prepared approvals(TestWorld& w, const std::string& case_id, const std::vector<const Program*>& reviewers);
// An answer to a request across devices, with a code that is right or wrong.
TestRequest answer_with_pairing_code(TestWorld& w, const AskedRequest& asked, const oid4vp::VerifiedRequest& request,
                                     const std::string& code);
// The same with its last digit changed.
std::string wrong_code(std::string code);

}  // namespace mibun::server
