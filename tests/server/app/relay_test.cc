#include <doctest/doctest.h>

#include <set>

#include "core/codecs/base64url.h"
#include "core/oid4vp/pairing.h"
#include "core/receipt/receipt.h"
#include "tests/server/world/test_world.h"

// Attacks A28 and A43: somebody starts a request on the shop's own page and shows its link or QR code to a victim,
// whose wallet answers in good faith. What the attacker's browser session gets of it.
namespace mibun::server {
namespace {

std::string problem_of(const TestWorld& w, const AskedRequest& asked, const json::Object& claim) {
  return w.send(w.take(w.shop, asked.id, claim)).code();
}

std::string state_of(const TestWorld& w, const AskedRequest& asked) {
  return w.send_well(w.bound_request(w.token(w.shop), "GET", "/api/v1/partner/requests/" + asked.id), 200)
      .text("state");
}

AnswerTwist typing(const std::string& code) {
  AnswerTwist twist;
  twist.payload = [code](json::Object& payload) { payload[oid4vp::kPairingCodeMember] = code; };
  return twist;
}

// The victim's browser opens this address; the attacker's never sees it.
std::string code_in(const std::string& redirect_uri) {
  return redirect_uri.substr(redirect_uri.find('=') + 1);
}

receipt::PresentationChannel channel_on_receipt(TestWorld& w, const json::Object& result) {
  const std::string text(result.at("consent_receipt").as_string());
  const receipt::ReceiptAnchors anchors{w.trust->receipts, w.trust->credential_issuers, w.trust->iaca};
  const auto checked = must(receipt::check_receipt(text, anchors, w.clock.now()));
  return std::get<receipt::ConsentReceipt>(checked.content).channel;
}

}  // namespace

TEST_CASE("A28: a relayed link, same device: the answer goes to the victim's browser, and neither session gets it") {
  TestWorld& w = world();
  const AskedRequest attackers = w.ask(w.shop);
  const Reply answered = w.send_well(w.answer(attackers, w.answer_form(w.fetch(attackers), w.take_card())), 200);
  const std::string code = code_in(answered.text("redirect_uri"));

  // The attacker's session has its own secret, and everything that it saw of the request, but no response_code.
  for (const std::string& guess : {std::string(), attackers.id, attackers.session_secret, attackers.client_id}) {
    CHECK(problem_of(w, attackers, w.claim(attackers.session_secret, guess)) == "oid4vp_response_code_wrong");
  }
  // The victim's browser comes to the shop with the code; its session there is another, with a request of its own.
  const AskedRequest victims = w.ask(w.shop);
  CHECK(problem_of(w, attackers, w.claim(victims.session_secret, code)) == "oid4vp_session_mismatch");
  CHECK(problem_of(w, victims, w.claim(victims.session_secret, code)) == "result_not_ready");
  CHECK(state_of(w, attackers) == "answered");
}

TEST_CASE("A28, A43: a relayed QR code, cross device: without the code of the attacker's page the answer bounces") {
  TestWorld& w = world();
  const AskedRequest attackers = w.ask(w.shop, "cross_device");
  const auto request = w.fetch(attackers);
  // The victim's wallet asks for a code and names the page on which it stands. The page that the victim is on has none.
  REQUIRE(request.pairing().has_value());
  CHECK(request.pairing()->website == "https://musubi.example");
  const HeldCard card = w.take_card();
  for (const AnswerTwist& twist : {AnswerTwist(), typing("")}) {
    const Reply refused = w.send_well(w.answer(attackers, w.answer_form(request, card, twist)), 400);
    CHECK(refused.text(oid4vp::kOurCodeMember) == "pairing_code_wrong");
    CHECK(problem_of(w, attackers, w.claim(attackers.session_secret, std::nullopt)) == "result_not_ready");
  }
  CHECK(state_of(w, attackers) == "waiting");
}

TEST_CASE("what gets through says how: the label in the result and on the receipt") {
  TestWorld& w = world();
  const auto [same, code] = w.answered();
  const Reply returned = w.send_well(w.take(w.shop, same.id, w.claim(same.session_secret, code)), 200);
  CHECK(returned.text("presentation_channel") == "same_device");
  CHECK(channel_on_receipt(w, returned.json) == receipt::PresentationChannel::same_device);

  const AskedRequest cross = w.ask(w.shop, "cross_device");
  const Reply taken =
      w.send_well(w.answer(cross, w.answer_form(w.fetch(cross), w.take_card(), typing(cross.pairing_code))), 200);
  CHECK(taken.json.empty());  // nobody is sent anywhere
  const Reply waited = w.send_well(w.take(w.shop, cross.id, w.claim(cross.session_secret, std::nullopt)), 200);
  CHECK(waited.text("presentation_channel") == "cross_device_code");
  CHECK(channel_on_receipt(w, waited.json) == receipt::PresentationChannel::cross_device_code);
}

TEST_CASE("a signed request handed over by another page's browser is no request to a wallet, and the label is dc_api") {
  TestWorld& w = world();
  const auto [asked, requests] = w.ask_browser(w.shop);
  CHECK(code_of(w.read_from_browser(requests, "https://evil.example")) == ErrorCode::oid4vp_origin_mismatch);
  const auto request = must(w.read_from_browser(requests, "https://musubi.example"));
  const json::Object data{{"response", w.encrypted_answer(request, w.take_card())}};
  w.send_well(w.answer_from_browser(w.shop, asked.id, asked.session_secret, data), 200);
  const Reply result = w.send_well(w.take(w.shop, asked.id, w.claim(asked.session_secret, std::nullopt)), 200);
  CHECK(result.text("presentation_channel") == "dc_api");
  CHECK(channel_on_receipt(w, result.json) == receipt::PresentationChannel::dc_api);
}

TEST_CASE("the codes of the pages: six digits each, and the request itself says nothing of them") {
  TestWorld& w = world();
  std::set<std::string> codes;
  for (int i = 0; i < 60; ++i) {
    const AskedRequest asked = w.ask(w.shop, "cross_device");
    CHECK(oid4vp::is_pairing_code(asked.pairing_code));
    const std::string text = w.send_well({.target = "/oid4vp/requests/" + asked.id}, 200).response.body;
    const std::string payload(
        as_text(must(base64url::decode(text.substr(text.find('.') + 1, text.rfind('.') - text.find('.') - 1)))));
    CHECK(payload.find("\"" + asked.pairing_code + "\"") == std::string::npos);
    CHECK(payload.find(asked.session_secret) == std::string::npos);
    codes.insert(asked.pairing_code);
    CHECK(!asked.id.starts_with('-'));  // on a command line it would be an option
    CHECK(!asked.session_secret.starts_with('-'));
  }
  CHECK(codes.size() > 50);
}

}  // namespace mibun::server
