#include "wallet/presentation.h"

#include <doctest/doctest.h>

#include "core/oid4vp/dc_api.h"
#include "tests/wallet/test_gateway.h"
#include "wallet/receipts.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

struct Scene {
  explicit Scene(int copies = 2, json::Object claims = oid4vp::TestCards::full_claims())
      : profile(device.make_profile()) {
    must(device.store.write("trust", gateway.trust()));
    if (copies > 0) give_card(device, gateway, copies, claims);
    device.http.answer = [this](const HttpRequest& request) { return gateway.handle(request); };
  }
  Result<Presented> answer(Decision decision) {
    return answer_request(
        device.host, api, profile, gateway.link(), oid4vp::encrypted_profile(),
        [&](const ConsentQuestion& asked) {
          question = asked;
          return Answer{decision, "ja", typed_code};
        },
        [this](const std::string& website) {
          asked_again.push_back(website);
          return next_code;
        });
  }
  std::size_t copies_left() { return must(CardStore(device.store, device.keys).list()).at(0).copies_left; }
  HistoryEvent last_event() { return must(HistoryBook(device.host).list()).back(); }

  Gateway gateway;
  TestDevice device;
  Profile profile;
  ServerApi api{device.host, "https://wallet.example"};
  std::optional<ConsentQuestion> question;
  std::optional<std::string> typed_code, next_code;
  std::vector<std::string> asked_again;
};

}  // namespace

TEST_CASE("sharing: values shown, holder verified afterwards, one copy spent before sending, a checked receipt kept") {
  Scene scene;
  std::size_t left_when_sent = 99;
  bool asked_before_verifying = false;
  scene.device.holder.before_again = [&] { asked_before_verifying = scene.question.has_value(); };
  scene.device.http.answer = [&](const HttpRequest& request) {
    if (request.url.ends_with("/response/abc")) left_when_sent = scene.copies_left();
    return scene.gateway.handle(request);
  };
  const Presented presented = must(scene.answer(Decision::agree));
  CHECK(presented.outcome == Presented::Outcome::shared);
  CHECK(presented.redirect_uri == "https://shop.example/done#response_code=123");
  CHECK(presented.partner_ja == "みほん商店");
  CHECK(scene.device.holder.asked_again == 1);
  CHECK(asked_before_verifying);
  CHECK(left_when_sent == 1);
  CHECK(scene.question->previous.count == 0);
  CHECK(scene.question->held.at(0).card.id == "c1");
  REQUIRE(scene.question->ask.cards.size() == 1);
  CHECK(scene.question->ask.cards[0].claims.size() == 3);

  REQUIRE(presented.receipt);
  const auto receipts = must(list_receipts(scene.device.host));
  REQUIRE(receipts.size() == 1);
  CHECK(receipts[0].name == *presented.receipt);
  const HistoryEvent event = scene.last_event();
  CHECK(event.kind == "shared");
  CHECK(event.claims.size() == 3);
  CHECK(event.receipt == *presented.receipt);
  for (const auto& [name, text] : scene.device.store.records) {
    if (name.starts_with("event.")) CHECK(text.find("花子") == std::string::npos);
  }

  // The next time it is another copy, and the partner is known.
  const auto first = std::get<oid4vp::VerifiedResponse>(*scene.gateway.received).evidence.at(0).issuer_jwt;
  (void)must(scene.answer(Decision::agree));
  CHECK(scene.question->previous.count == 1);
  CHECK(std::get<oid4vp::VerifiedResponse>(*scene.gateway.received).evidence.at(0).issuer_jwt != first);
  CHECK(must(scene.answer(Decision::agree)).outcome == Presented::Outcome::nothing_matches);  // copies are used up
}

TEST_CASE("stopping: nothing but access_denied leaves, no copy is spent, nobody is asked for a passphrase") {
  Scene scene;
  const Presented presented = must(scene.answer(Decision::refuse));
  CHECK(presented.outcome == Presented::Outcome::refused);
  CHECK(scene.device.http.sent.back().body.starts_with("error=access_denied"));
  CHECK(scene.copies_left() == 2);
  CHECK(scene.device.holder.asked + scene.device.holder.asked_again == 0);
  CHECK(scene.last_event().kind == "refused");
  CHECK(scene.last_event().outcome == "stopped");
}

TEST_CASE("nothing matches: the holder hears what is missing, the verifier hears a refusal, whatever is answered") {
  for (const int copies : {0, 1}) {
    Scene scene(copies, oid4vp::object_of(R"({"given_name":"花子","age_equal_or_over":{"20":true}})"));
    const Presented presented = must(scene.answer(Decision::agree));
    CHECK(presented.outcome == Presented::Outcome::nothing_matches);
    CHECK(presented.missing.size() == static_cast<std::size_t>(copies));
    CHECK(scene.device.http.sent.back().body.starts_with("error=access_denied"));
    CHECK(scene.device.holder.asked_again == 0);
    CHECK(scene.last_event().outcome == "nothing_matches");
  }
}

TEST_CASE("a holder who cannot be verified, or was verified before reading, shares nothing") {
  Scene absent;
  absent.device.holder.present = false;
  CHECK(code_of(absent.answer(Decision::agree)) == ErrorCode::wallet_user_verification_failed);
  Scene early;
  early.device.holder.age = milliseconds(1);
  CHECK(code_of(early.answer(Decision::agree)) == ErrorCode::wallet_user_verification_failed);
  for (Scene* scene : {&absent, &early}) {
    CHECK(scene->gateway.answers == 0);
    CHECK(scene->copies_left() == 2);
    CHECK(scene->last_event().kind == "failed");
  }
}

TEST_CASE("a gateway that asks for more than was registered is refused by the wallet itself") {
  Scene scene;
  scene.gateway.request_override =
      R"({"credentials":[{"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
          "claims":[{"path":["given_name"]},{"path":["document_number"]}]}]})";
  CHECK(code_of(scene.answer(Decision::agree)) == ErrorCode::oid4vp_claim_not_registered);
  CHECK(!scene.question);
  CHECK(scene.gateway.answers == 0);
  CHECK(scene.copies_left() == 2);
  CHECK(scene.last_event().outcome == "oid4vp_claim_not_registered");
  CHECK(scene.last_event().partner_en == "Sample Shop");  // who it was can be told, and reported
  CHECK(scene.last_event().client_id == scene.gateway.world.client_id);
}

TEST_CASE("an answer that got lost may have arrived: the copy stays spent and the history says so") {
  Scene scene;
  scene.gateway.loses_answers = true;
  CHECK(code_of(scene.answer(Decision::agree)) == ErrorCode::http_timeout);
  CHECK(scene.copies_left() == 1);
  CHECK(scene.last_event().kind == "uncertain");
  CHECK(must(HistoryBook(scene.device.host).list()).size() == 1);
  // The receipt tells, later.
  CHECK(must(fetch_missing_receipts(scene.device.host)) == 0);
  CHECK(must(list_receipts(scene.device.host)).size() == 1);
}

TEST_CASE("an answer that the verifier does not take") {
  Scene scene;
  scene.gateway.takes_answers = false;
  CHECK(must(scene.answer(Decision::agree)).outcome == Presented::Outcome::rejected);
  CHECK(scene.last_event().kind == "failed");
}

TEST_CASE("a receipt that is late comes later; one about something else is not kept") {
  Scene scene;
  scene.gateway.gives_receipts = false;
  const Presented presented = must(scene.answer(Decision::agree));
  CHECK(presented.outcome == Presented::Outcome::shared);
  CHECK(presented.why_no_receipt->code == ErrorCode::not_found);
  CHECK(must(fetch_missing_receipts(scene.device.host)) == 1);

  scene.gateway.gives_receipts = true;
  scene.gateway.change_receipt = [](receipt::ConsentReceipt& content) { content.consent += " "; };
  CHECK(must(fetch_missing_receipts(scene.device.host)) == 1);
  scene.gateway.change_receipt = {};
  CHECK(must(fetch_missing_receipts(scene.device.host)) == 0);
  CHECK(must(list_receipts(scene.device.host)).size() == 1);
}

TEST_CASE("a genuine receipt of another exchange is not taken for this one") {
  Scene scene;
  (void)must(scene.answer(Decision::agree));
  scene.gateway.repeats_receipt = true;
  scene.device.clock.advance(seconds(1));
  const Presented presented = must(scene.answer(Decision::agree));
  CHECK(!presented.receipt);
  REQUIRE(presented.why_no_receipt);
  CHECK(presented.why_no_receipt->code == ErrorCode::receipt_consent_mismatch);
}

TEST_CASE("a request from another device: the code is typed before the holder is verified, and a wrong one once more") {
  Scene scene;
  scene.gateway.transaction.parameters.pairing = oid4vp::PairingDemand{"https://shop.example"};
  scene.gateway.right_code = "123456";
  scene.typed_code = "111111";
  scene.next_code = "123456";
  const Presented presented = must(scene.answer(Decision::agree));
  CHECK(presented.outcome == Presented::Outcome::shared);
  CHECK(!presented.redirect_uri);
  CHECK(presented.receipt);
  CHECK(scene.question->ask.pairing->website == "https://shop.example");
  CHECK(scene.asked_again == std::vector<std::string>{"https://shop.example"});
  CHECK(scene.gateway.answers == 2);
  CHECK(scene.device.holder.asked_again == 1);
  CHECK(scene.copies_left() == 1);  // one copy for both tries
}

TEST_CASE("a holder who sees no code shares nothing, and is not even asked to verify") {
  for (const std::optional<std::string>& typed :
       {std::optional<std::string>(), std::optional<std::string>(""), std::optional<std::string>("12345")}) {
    Scene scene;
    scene.gateway.transaction.parameters.pairing = oid4vp::PairingDemand{"https://shop.example"};
    scene.gateway.right_code = "123456";
    scene.typed_code = typed;
    CHECK(code_of(scene.answer(Decision::agree)) == ErrorCode::wallet_pairing_code_needed);
    CHECK(scene.gateway.answers == 0);
    CHECK(scene.device.holder.asked_again == 0);
    CHECK(scene.copies_left() == 2);
    CHECK(scene.last_event().kind == "failed");
  }
}

TEST_CASE("too many wrong codes close the request; giving up in between refuses it") {
  Scene locked;
  locked.gateway.transaction.parameters.pairing = oid4vp::PairingDemand{"https://shop.example"};
  locked.gateway.right_code = "123456";
  locked.typed_code = locked.next_code = "111111";
  CHECK(must(locked.answer(Decision::agree)).outcome == Presented::Outcome::pairing_code_locked);
  CHECK(locked.gateway.answers == 5);
  CHECK(locked.last_event().outcome == "pairing_code_locked");

  Scene given_up;
  given_up.gateway.transaction.parameters.pairing = oid4vp::PairingDemand{"https://shop.example"};
  given_up.gateway.right_code = "123456";
  given_up.typed_code = "111111";
  CHECK(must(given_up.answer(Decision::agree)).outcome == Presented::Outcome::refused);
  CHECK(given_up.last_event().kind == "refused");
}

namespace {

// The gateway's request for the page of `origin`, as its browser hands it over.
BrowserRequest handed_over(Gateway& gateway, std::string origin) {
  const auto& transaction = gateway.transaction;
  const oid4vp::DcApiParameters parameters{.origin = "https://shop.example",
                                           .nonce = transaction.parameters.nonce,
                                           .issued_at = kTestNow,
                                           .expires_at = kTestNow + seconds(600),
                                           .dcql_query = transaction.parameters.dcql_query,
                                           .encryption_key = transaction.parameters.encryption_key,
                                           .encryption_kid = transaction.parameters.encryption_kid};
  const auto made = must(
      build_dc_api_request(parameters, gateway.world.verified(transaction.registration), gateway.world.shop_signer()));
  return {std::string(oid4vp::kDcApiSigned), made.signed_data, std::move(origin)};
}

Result<Presented> answer_page(Scene& scene, Decision decision, std::string origin = "https://shop.example") {
  return answer_browser(scene.device.host, scene.api, scene.profile, handed_over(scene.gateway, std::move(origin)),
                        oid4vp::encrypted_profile(), [&](const ConsentQuestion& asked) {
                          scene.question = asked;
                          return Answer{decision, "ja"};
                        });
}

}  // namespace

TEST_CASE("a browser's request is answered for its page; one copy is spent and the history says what was shared") {
  Scene scene;
  const Presented presented = must(answer_page(scene, Decision::agree));
  CHECK(presented.outcome == Presented::Outcome::shared);
  CHECK(scene.question->ask.origin == "https://shop.example");
  CHECK(scene.device.holder.asked_again == 1);
  CHECK(scene.copies_left() == 1);
  CHECK(scene.last_event().kind == "shared");
  CHECK(scene.gateway.answers == 0);  // the browser carries it
  REQUIRE(presented.for_browser);
  auto expected = scene.gateway.transaction.expected(scene.gateway.world);
  expected.client_id = oid4vp::audience_of_origin("https://shop.example");
  expected.mode = oid4vp::ResponseMode::dc_api_jwt;
  const auto received = receive_dc_api_response(
      presented.for_browser->data, expected,
      {.issuers = scene.gateway.world.issuers, .iaca = scene.gateway.world.iacas, .check_status = oid4vp::all_valid},
      kTestNow);
  CHECK(std::holds_alternative<oid4vp::VerifiedResponse>(must(received)));
  REQUIRE(presented.why_no_receipt);
  CHECK(presented.why_no_receipt->code == ErrorCode::not_found);
}

TEST_CASE("refused, or handed over by another page, a browser's request gets nothing and spends nothing") {
  Scene refusing;
  const Presented refused = must(answer_page(refusing, Decision::refuse));
  CHECK(refused.outcome == Presented::Outcome::refused);
  CHECK(!refused.for_browser);
  CHECK(refusing.copies_left() == 2);
  CHECK(refusing.last_event().kind == "refused");

  Scene replayed;
  CHECK(code_of(answer_page(replayed, Decision::agree, "https://evil.example")) == ErrorCode::oid4vp_origin_mismatch);
  CHECK(!replayed.question);
  CHECK(replayed.copies_left() == 2);
}
