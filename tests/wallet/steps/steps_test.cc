#include "wallet/steps/steps.h"

#include <doctest/doctest.h>

#include "core/mdoc/device_request.h"
#include "core/status_list/status_token.h"
#include "tests/wallet/steps/desk.h"
#include "wallet/grants.h"
#include "wallet/nearby_receipts.h"

using namespace mibun;
using namespace mibun::wallet;

TEST_CASE("a card is received in steps: the question, a wrong code, the right one, the card with what it says") {
  ReceivingDesk desk;
  const json::Object question = desk.run("receive_open", desk.open());
  CHECK(text_of(question, "step") == "question");
  CHECK(json::serialize(question.at("issuer")) ==
        R"({"name":{"ja":"発行者","en":"Issuer"},"address":"https://issuer.example"})");
  CHECK(text_of(question, "card") == "identity");
  REQUIRE(question.at("cards").as_array().size() == 1);
  CHECK(json::serialize(question.at("tx_code")) == R"({"length":null,"numeric":true,"description":""})");
  CHECK(!question.at("wrong").as_bool());
  CHECK(desk.run("receive_answer", R"({"agreed":true,"tx_code":"9999"})").at("wrong").as_bool());
  const json::Object done = desk.run("receive_answer", R"({"agreed":true,"tx_code":"1234"})");
  CHECK(text_of(done, "step") == "done");
  CHECK(json::serialize(done.at("claims")) ==
        R"([{"path":"[\"given_name\"]","label":{"ja":"名","en":"Given name"},"value":{"ja":"花子","en":"花子"}}])");
  CHECK(json::serialize(done.at("card").at("copies_left")) == "3");

  const json::Object listed = desk.run("cards");
  REQUIRE(listed.at("cards").as_array().size() == 1);
  const json::Object& card = listed.at("cards").as_array()[0].as_object();
  CHECK(text_of(card, "state") == "valid");
  const std::string id = json::serialize(json::Object{{"id", card.at("id")}});
  json::Object kept = done.at("claims").as_array()[0].as_object();
  kept["source"] = nullptr;  // this issuer does not say where it has the name from
  CHECK(desk.run("card", id).at("claims") == json::Array{kept});
  CHECK(desk.run("card", id).at("checked_on").is_null());
  CHECK(code_of(desk.attempt("receive_answer", R"({"agreed":true,"tx_code":"1234"})")) == ErrorCode::invalid_argument);
  (void)desk.run("remove_card", id);
  CHECK(desk.run("cards").at("cards").as_array().empty());
  CHECK(code_of(desk.attempt("card", id)) == ErrorCode::not_found);
}

TEST_CASE("what is to be renewed is told in steps, with what went wrong and when it is tried again") {
  ReceivingDesk desk;
  static_cast<void>(desk.run("receive_open", desk.open()));
  static_cast<void>(desk.run("receive_answer", R"({"agreed":true,"tx_code":"1234"})"));
  CardStore cards(desk.device.store, desk.device.keys);
  const Card card = must(cards.list()).at(0);
  IssuerGrant grant{.card_id = card.id,
                    .credential_issuer = card.issuer,
                    .authorization_server = card.issuer,
                    .configuration_id = "card",
                    .anonymous = false,
                    .dpop_key = must(desk.device.keys.make_key()),
                    .instance_key = must(desk.device.keys.make_key()),
                    .refresh_token = "token",
                    .notification_id = {}};
  must(GrantStore(desk.device.host).save(grant));
  CHECK(desk.run("renewals").at("due").as_array().empty());
  while (const auto copy = must(cards.next_copy(card.id))) must(cards.spend(*copy));

  const json::Object due = desk.run("renewals").at("due").as_array().at(0).as_object();
  CHECK(text_of(due.at("card").as_object(), "id") == card.id);
  CHECK(due.at("asks_person").as_bool());
  CHECK(due.at("failure").is_null());
  CHECK(!due.at("by_hand").as_bool());
  const auto ms = [](const json::Value& time) { return time.as_object().at("ms").to_number<std::int64_t>(); };
  CHECK(ms(due.at("at")) == desk.device.clock.now().unix_milliseconds());

  desk.device.http.answer = [](const HttpRequest&) -> Result<HttpResponse> {
    return fail(ErrorCode::http_connect_failed);
  };
  const json::Object arguments{{"id", card.id}};
  CHECK(desk.attempt("renew", json::serialize(arguments)).error().code == ErrorCode::http_connect_failed);
  const json::Object answer = desk.run("renewals");
  const json::Object failed = answer.at("due").as_array().at(0).as_object();
  CHECK(text_of(failed, "failure") == "http_connect_failed");
  CHECK(failed.at("failures").to_number<int>() == 1);
  CHECK(ms(answer.at("next")) == (desk.device.clock.now() + std::chrono::minutes(1)).unix_milliseconds());
}

TEST_CASE("a card is read in one order, and says of each claim where it comes from and when that was confirmed") {
  ReceivingDesk desk;
  desk.issuer.further_claims = must(json::parse_object(R"({
    "zz_of_this_issuer": "1", "document_number": "TK1234567", "birthdate": "1991-04-17", "family_name": "田中",
    "provenance": {"checked_on": "2026-11-20", "sources": {
      "family_name": "emrtd:DG1", "given_name": "emrtd:DG1", "birthdate": "register of 緑丘", "document_number": 7}}})"));
  (void)desk.run("receive_open", desk.open());
  const json::Object done = desk.run("receive_answer", R"({"agreed":true,"tx_code":"1234"})");
  const std::string id = json::serialize(json::Object{{"id", done.at("card").at("id")}});
  const json::Object card = desk.run("card", id);
  const json::Array& claims = card.at("claims").as_array();
  struct Row {
    std::string_view path, source;
  };
  static constexpr auto kRows = std::to_array<Row>({
      {R"(["family_name"])", R"({"ja":"パスポートのICチップ","en":"Passport chip"})"},
      {R"(["given_name"])", R"({"ja":"パスポートのICチップ","en":"Passport chip"})"},
      {R"(["birthdate"])", R"({"ja":"register of 緑丘","en":"register of 緑丘"})"},
      {R"(["document_number"])", "null"},
      {R"(["zz_of_this_issuer"])", "null"},
  });
  REQUIRE(claims.size() == kRows.size());
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    CHECK(text_of(claims[i].as_object(), "path") == kRows[i].path);
    CHECK(json::serialize(claims[i].at("source")) == kRows[i].source);
    CHECK(done.at("claims").as_array()[i].at("path") == claims[i].at("path"));
  }
  CHECK(json::serialize(card.at("checked_on")) == R"({"ja":"2026年11月20日","en":"20 Nov 2026"})");
}

TEST_CASE("the list of cards says when each was confirmed, without the page asking for each") {
  ReceivingDesk desk;
  desk.issuer.further_claims["provenance"] = must(json::parse(R"({"checked_on":"2026-11-20"})"));
  (void)desk.run("receive_open", desk.open());
  (void)desk.run("receive_answer", R"({"agreed":true,"tx_code":"1234"})");
  desk.issuer.further_claims = {};
  (void)desk.run("receive_open", desk.open());
  (void)desk.run("receive_answer", R"({"agreed":true,"tx_code":"1234"})");
  const auto checked_on = [&](std::size_t place) {
    return json::serialize(desk.run("cards").at("cards").as_array().at(place).at("checked_on"));
  };
  const bool first_says = checked_on(0) != "null";
  CHECK(checked_on(first_says ? 0 : 1) == R"({"ja":"2026年11月20日","en":"20 Nov 2026"})");
  CHECK(checked_on(first_says ? 1 : 0) == "null");
  CardStore cards(desk.device.store, desk.device.keys);
  const std::string id = must(cards.list()).at(first_says ? 0 : 1).id;
  // A card that is nothing any more hides no other.
  const auto unread = must(cards.next_copy(must(cards.list()).at(first_says ? 1 : 0).id)).value();
  must(desk.device.store.write(unread.record, R"({"state":"unused","key":"k","credential":"no card"})"));
  CHECK(checked_on(first_says ? 0 : 1) == R"({"ja":"2026年11月20日","en":"20 Nov 2026"})");
  CHECK(checked_on(first_says ? 1 : 0) == "null");
  while (const auto copy = must(cards.next_copy(id))) must(cards.spend(*copy));
  CHECK(checked_on(first_says ? 0 : 1) == "null");
}

TEST_CASE("a card that its issuer revoked says so in the list, with the date; until then it says when it was checked") {
  ReceivingDesk desk;
  const std::string uri = std::string(kIssuer) + "/status/1";
  auto list = must(status_list::StatusList::make(1, 64));
  bool is_up = true;
  desk.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.url != uri) return desk.issuer.handle(request);
    if (!is_up) return fail(ErrorCode::http_connect_failed);
    const Instant now = desk.device.clock.now();
    return HttpResponse{
        200,
        {{"Content-Type", std::string(status_list::kStatusTokenMediaType)}},
        must(status_list::issue_status_list_token(uri, {now, now + std::chrono::hours(1), std::chrono::minutes(1)},
                                                  list, desk.issuer.signer.key, desk.issuer.signer.chain))};
  };
  desk.issuer.further_clear["status"] = status_list::StatusReference{.uri = uri, .index = 7, .issuer = {}}.to_json();
  (void)desk.run("receive_open", desk.open());
  (void)desk.run("receive_answer", R"({"agreed":true,"tx_code":"1234"})");
  const auto card = [&] { return desk.run("cards").at("cards").as_array().at(0).as_object(); };
  CHECK(text_of(card(), "state") == "valid");
  CHECK(card().at("status_at").is_null());

  json::Object answer = desk.run("card_states");
  CHECK(answer.at("asked").as_bool());
  CHECK(answer.at("changed").as_array().empty());
  CHECK(!desk.run("card_states").at("asked").as_bool());
  const auto ms = [](const json::Value& time) { return time.as_object().at("ms").to_number<std::int64_t>(); };
  CHECK(ms(answer.at("next")) == (kTestNow + std::chrono::minutes(1)).unix_milliseconds());
  CHECK(ms(card().at("status_at")) == kTestNow.unix_milliseconds());

  desk.device.clock.advance(std::chrono::minutes(1));
  is_up = false;
  CHECK(desk.run("card_states").at("changed").as_array().empty());
  CHECK(text_of(card(), "state") == "valid");
  CHECK(text_of(card(), "status_failure") == "http_connect_failed");
  CHECK(ms(card().at("status_at")) == kTestNow.unix_milliseconds());

  desk.device.clock.advance(std::chrono::minutes(1));
  is_up = true;
  must(list.set(7, status_list::kInvalid));
  answer = desk.run("card_states");
  CHECK(text_of(answer.at("changed").as_array().at(0).as_object(), "state") == "revoked");
  CHECK(answer.at("next").is_null());
  CHECK(text_of(card(), "state") == "revoked");
  CHECK(card().at("status_failure").is_null());
  CHECK(text_of(desk.run("history", R"({"ask_server":false})").at("events").as_array().at(0).as_object(), "kind") ==
        "card_revoked");
  CHECK(desk.run("card_states").at("changed").as_array().empty());
}

TEST_CASE("a card's history has what happened to it, and nothing of another card") {
  ReceivingDesk desk;
  const auto receive = [&] {
    (void)desk.run("receive_open", desk.open());
    const json::Object done = desk.run("receive_answer", R"({"agreed":true,"tx_code":"1234"})");
    return json::serialize(json::Object{{"id", done.at("card").at("id")}});
  };
  const std::string first = receive(), second = receive();
  desk.device.clock.advance(seconds(1));  // what happens in one millisecond has no order
  (void)desk.run("remove_card", second);
  const auto kinds = [&](const std::string& id) {
    std::vector<std::string> kinds;
    const json::Object answer = desk.run("card_history", id);
    for (const json::Value& event : answer.at("events").as_array()) {
      kinds.push_back(text_of(event.as_object(), "kind"));
    }
    return kinds;
  };
  CHECK(kinds(first) == std::vector<std::string>{"card_received"});
  CHECK(kinds(second) == std::vector<std::string>{"card_deleted", "card_received"});
  CHECK(kinds(R"({"id":"nobody's"})").empty());
}

TEST_CASE("a card's history says with whom it was shared") {
  PresentingDesk desk;
  (void)desk.run("present_open", desk.open());
  (void)desk.run("present_answer", kAgree);
  const json::Object event = desk.run("card_history", R"({"id":"c1"})").at("events").as_array().at(0).as_object();
  CHECK(text_of(event, "kind") == "shared");
  CHECK(event.at("organization").at("en") == "Sample Shop");
  CHECK(event.at("claims").as_array().size() == 3);
}

TEST_CASE("a provenance of another form says nothing, and hides nothing else") {
  for (const char* said :
       {R"("emrtd:DG1")", R"({"checked_on":5,"sources":["emrtd:DG1"]})", R"({"checked_on":"soon"})"}) {
    INFO(said);
    ReceivingDesk desk;
    desk.issuer.further_claims["provenance"] = must(json::parse(said));
    (void)desk.run("receive_open", desk.open());
    const json::Object done = desk.run("receive_answer", R"({"agreed":true,"tx_code":"1234"})");
    const json::Object card = desk.run("card", json::serialize(json::Object{{"id", done.at("card").at("id")}}));
    REQUIRE(card.at("claims").as_array().size() == 1);
    CHECK(card.at("claims").as_array()[0].at("source").is_null());
    CHECK(card.at("checked_on").is_null());
  }
}

TEST_CASE("whoever refuses a card, or leaves the question, has no key of it left") {
  for (const bool says_so : {true, false}) {
    ReceivingDesk desk;
    const std::size_t keys = desk.device.keys.keys.size();
    (void)desk.run("receive_open", desk.open());
    CHECK(desk.device.keys.keys.size() > keys);
    if (says_so) {
      CHECK(text_of(desk.run("receive_answer", R"({"agreed":false})"), "step") == "refused");
    } else {
      (void)desk.run("drop");
    }
    CHECK(desk.device.keys.keys.size() == keys);
    CHECK(code_of(desk.attempt("receive_answer", R"({"agreed":true})")) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("an offer that lies elsewhere is fetched only when the page says that the person agreed") {
  ReceivingDesk desk;
  const std::string offer = json::serialize(desk.issuer.offer().to_json());
  desk.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.url == "https://offers.example/7") return json_response(200, offer);
    return desk.issuer.handle(request);
  };
  constexpr std::string_view kLink = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Foffers.example%2F7";
  json::Object arguments{{"link", kLink}, {"fetch", false}};
  const json::Object fetch = desk.run("receive_open", json::serialize(arguments));
  CHECK(json::serialize(fetch) == R"({"step":"fetch","origin":"https://offers.example"})");
  CHECK(desk.device.http.sent.empty());
  arguments["fetch"] = true;
  CHECK(text_of(desk.run("receive_open", json::serialize(arguments)), "step") == "question");
}

TEST_CASE("sharing in steps: the values first, then the person is verified, then one copy goes") {
  PresentingDesk desk;
  const json::Object question = desk.run("present_open", desk.open());
  CHECK(json::serialize(question.at("organization")) == R"({"ja":"みほん商店","en":"Sample Shop"})");
  CHECK(question.at("identified").at("verified").as_bool());
  CHECK(question.at("can_share").as_bool());
  CHECK(question.at("previous").at("last").is_null());
  REQUIRE(question.at("cards").as_array().size() == 1);
  CHECK(question.at("cards").as_array()[0].at("claims").as_array().size() == 3);
  CHECK(desk.device.holder.asked_again == 0);
  CHECK(desk.copies_left() == 2);

  const json::Object done = desk.run("present_answer", kAgree);
  CHECK(text_of(done, "outcome") == "shared");
  CHECK(text_of(done, "redirect_uri") == "https://shop.example/done#response_code=123");
  CHECK(text_of(done, "receipt").starts_with("receipt."));
  CHECK(desk.device.holder.asked_again == 1);
  CHECK(desk.copies_left() == 1);
  CHECK(code_of(desk.attempt("present_answer", kAgree)) == ErrorCode::invalid_argument);

  const json::Object history = desk.run("history", R"({"ask_server":false})");
  const json::Object& event = history.at("events").as_array()[0].as_object();
  CHECK(text_of(event, "kind") == "shared");
  CHECK(event.at("claims").as_array().size() == 3);
  const json::Object receipts = desk.run("receipts");
  REQUIRE(receipts.at("receipts").as_array().size() == 1);
  CHECK(receipts.at("receipts").as_array()[0].at("name") == done.at("receipt"));
  CHECK(!desk.run("present_open", desk.open()).at("previous").at("last").is_null());
}

TEST_CASE("the question names what may be chosen, and the answer what was; a choice is read strictly") {
  PresentingDesk desk;
  json::Object other = oid4vp::TestCards::full_claims();
  other["given_name"] = "太郎";
  other["provenance"] = must(json::parse_object(R"({"checked_on":"2026-11-20","sources":{}})"));
  give_card(desk.device, desk.gateway, 2, other, "c2");
  const json::Object question = desk.run("present_open", desk.open());
  const json::Object& proposed = question.at("cards").as_array().at(0).as_object();
  CHECK(text_of(proposed, "credential") == "identity");
  CHECK(proposed.at("way") == json::Value(0));
  const json::Object& choices = question.at("choices").as_object();
  CHECK(json::serialize(choices.at("sets")) == R"([{"required":true,"options":[["identity"]],"proposed":0}])");
  const json::Object& asked = choices.at("credentials").as_array().at(0).as_object();
  CHECK(text_of(asked, "credential") == "identity");
  REQUIRE(asked.at("cards").as_array().size() == 2);
  for (const json::Value& value : asked.at("cards").as_array()) {
    const json::Object& offer = value.as_object();
    const bool second = text_of(offer.at("card").as_object(), "id") == "c2";
    CHECK(json::serialize(offer.at("checked_on")) ==
          (second ? R"({"ja":"2026年11月20日","en":"20 Nov 2026"})" : "null"));
    const json::Object& way = offer.at("ways").as_array().at(0).as_object();
    CHECK(way.at("way") == json::Value(0));
    CHECK(text_of(way.at("claims").as_array().at(0).at("value").as_object(), "ja") == (second ? "太郎" : "花子"));
  }

  const auto answer = [&](std::string_view choice) {
    return desk.attempt("present_answer", R"({"agreed":true,"language":"ja","choice":)" + std::string(choice) + "}");
  };
  struct Row {
    std::string_view choice;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {R"("identity")", ErrorCode::json_wrong_type},
      {R"(["identity"])", ErrorCode::json_wrong_type},
      {R"([{"credential":"identity","card":"c2"}])", ErrorCode::json_missing_member},
      {R"([{"credential":"identity","card":"c2","way":-1}])", ErrorCode::json_bad_value},
      {R"([{"credential":"identity","card":"c2","way":"0"}])", ErrorCode::json_wrong_type},
      {R"([{"credential":"identity","card":"c2","way":0,"claims":[["document_number"]]}])",
       ErrorCode::json_unknown_member},
      {R"([{"credential":"identity","card":"c3","way":0}])", ErrorCode::dcql_bad_selection},
      {"[]", ErrorCode::dcql_not_satisfied},
  };
  for (const Row& row : rows) {
    INFO(row.choice);
    CHECK(code_of(answer(row.choice)) == row.want);
  }
  CHECK(desk.device.holder.asked_again == 0);
  CHECK(desk.gateway.answers == 0);
  CHECK(text_of(must(answer(R"([{"credential":"identity","card":"c2","way":0}])")), "outcome") == "shared");
  const auto& received = std::get<oid4vp::VerifiedResponse>(*desk.gateway.received);
  CHECK(received.credentials.at("identity").at(0).claims.at("given_name") == json::Value("太郎"));
}

TEST_CASE("a person who cannot be verified shares nothing, and may try again") {
  PresentingDesk desk;
  (void)desk.run("present_open", desk.open());
  desk.device.holder.present = false;
  CHECK(code_of(desk.attempt("present_answer", kAgree)) == ErrorCode::wallet_user_verification_failed);
  CHECK(desk.gateway.answers == 0);
  CHECK(desk.copies_left() == 2);
  desk.device.holder.present = true;
  CHECK(text_of(desk.run("present_answer", kAgree), "outcome") == "shared");
}

TEST_CASE("stopping tells the organisation no more than that; leaving tells it nothing; the history has both") {
  for (const bool says_so : {true, false}) {
    PresentingDesk desk;
    (void)desk.run("present_open", desk.open());
    const std::size_t sent = desk.device.http.sent.size();
    if (says_so) {
      CHECK(text_of(desk.run("present_answer", R"({"agreed":false,"language":"en"})"), "outcome") == "refused");
      CHECK(desk.device.http.sent.back().body.starts_with("error=access_denied"));
    } else {
      (void)desk.run("drop");
      CHECK(desk.device.http.sent.size() == sent);
    }
    CHECK(desk.copies_left() == 2);
    CHECK(desk.last_event().kind == "refused");
    CHECK(code_of(desk.attempt("present_answer", kAgree)) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a request from another device: the code of its page, again when it was wrong, or given up") {
  for (const std::string_view second : {R"({"code":"123456"})", R"({"code":null})"}) {
    PresentingDesk desk;
    desk.gateway.transaction.parameters.pairing = oid4vp::PairingDemand{"https://shop.example"};
    desk.gateway.right_code = "123456";
    CHECK(text_of(desk.run("present_open", desk.open()).at("pairing").as_object(), "website") ==
          "https://shop.example");
    CHECK(code_of(desk.attempt("present_answer", kAgree)) == ErrorCode::wallet_pairing_code_needed);
    CHECK(desk.device.holder.asked_again == 0);
    const json::Object wrong = desk.run("present_answer", R"({"agreed":true,"language":"ja","pairing_code":"111111"})");
    CHECK(json::serialize(wrong) == R"({"step":"code_again","website":"https://shop.example"})");
    const bool right = second != R"({"code":null})";
    CHECK(text_of(desk.run("present_code", second), "outcome") == (right ? "shared" : "refused"));
    CHECK(code_of(desk.attempt("present_code", second)) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("a request that asks for more than was registered never becomes a question") {
  PresentingDesk desk;
  desk.gateway.request_override =
      R"({"credentials":[{"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
          "claims":[{"path":["given_name"]},{"path":["document_number"]}]}]})";
  CHECK(text_of(desk.run("present_open", desk.open()), "step") == "over_asked");
  CHECK(code_of(desk.attempt("present_answer", kAgree)) == ErrorCode::invalid_argument);
  CHECK(desk.last_event().outcome == "oid4vp_claim_not_registered");
}

TEST_CASE("with nothing that answers, the page hears what is missing and any answer is a refusal") {
  PresentingDesk desk(0);
  CHECK(!desk.run("present_open", desk.open()).at("can_share").as_bool());
  CHECK(text_of(desk.run("present_answer", kAgree), "outcome") == "nothing_matches");
  CHECK(desk.device.holder.asked_again == 0);
}

TEST_CASE("what was shown in person has its paper in the history and among the receipts, and no gateway to ask") {
  Desk desk;
  const std::vector<mdoc::RequestedNameSpace> asked{{.name = "org.iso.23220.1", .elements = {{"given_name", false}}}};
  std::vector<mdoc::DocRequest> documents;
  documents.emplace_back(must(mdoc::ItemsRequest::make("org.iso.23220.photoid.1", asked)));
  NearbyReceipt paper;
  paper.at = kTestNow;
  paper.documents = {{.doc_type = "org.iso.23220.photoid.1",
                      .elements = {{.name_space = "org.iso.23220.1", .identifier = "given_name", .asked_as = {}}}}};
  paper.request = to_bytes(must(mdoc::DeviceRequest::make(std::move(documents))).encoded());
  const std::string name = must(keep_nearby_receipt(desk.device.host, paper));
  must(HistoryBook(desk.device.host).record({.kind = "shared", .outcome = "shared", .receipt = name}));
  must(desk.device.store.write("trust", Issuer().trust()));

  const json::Object listed = desk.run("receipts").at("receipts").as_array().at(0).as_object();
  CHECK(text_of(listed, "kind") == "nearby");
  CHECK(text_of(listed, "name") == name);
  CHECK(text_of(listed, "text") == to_text(paper));
  CHECK(listed.at("organization").is_null());
  const json::Object event = desk.run("history", R"({"ask_server":false})").at("events").as_array().at(0).as_object();
  CHECK(text_of(event, "receipt") == name);
  CHECK(!event.at("can_request_deletion").as_bool());
  CHECK(event.at("deletion").is_null());
}

TEST_CASE("one question at a time: another one leaves the first") {
  PresentingDesk desk;
  (void)desk.run("present_open", desk.open());
  (void)desk.run("present_open", desk.open());
  CHECK(desk.last_event().kind == "refused");
  CHECK(text_of(desk.run("present_answer", kAgree), "outcome") == "shared");
}

TEST_CASE("what no step takes is refused by its name") {
  struct Row {
    std::string_view why, step, arguments;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"no such step", "open_sesame", "{}", ErrorCode::invalid_argument},
      {"no name", "", "{}", ErrorCode::invalid_argument},
      {"an argument too many", "cards", R"({"all":true})", ErrorCode::json_unknown_member},
      {"one too few", "card", "{}", ErrorCode::json_missing_member},
      {"one of another type", "card", R"({"id":1})", ErrorCode::json_wrong_type},
      {"agreed is a word", "receive_answer", R"({"agreed":"yes"})", ErrorCode::json_wrong_type},
      {"a language that nobody speaks here", "present_answer", R"({"agreed":true,"language":"fr"})",
       ErrorCode::json_bad_value},
      {"an answer without a question", "present_answer", kAgree, ErrorCode::invalid_argument},
      {"a code without a question", "present_code", R"({"code":"123456"})", ErrorCode::invalid_argument},
      {"a code that is a number", "present_code", R"({"code":123456})", ErrorCode::json_wrong_type},
      {"a visit nobody asked for", "receive_visited", "{}", ErrorCode::invalid_argument},
      {"registering without terms", "finish_registration", "{}", ErrorCode::invalid_argument},
      {"a link that is none", "receive_open", R"({"link":"https://x","fetch":true})",
       ErrorCode::oid4vci_offer_malformed},
      {"a file that is no base64url", "submit_proofing",
       R"({"case_id":"aaaaaaaaaaaaaaaaaaaaaaaa","files":{"EF.SOD":"**"},"signature":""})",
       ErrorCode::base64url_bad_character},
      {"a case that would climb out of the path", "submit_proofing",
       R"({"case_id":"../../account","files":{},"signature":""})", ErrorCode::json_bad_value},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Desk desk;
    must(desk.device.store.write("trust", Issuer().trust()));
    CHECK(code_of(desk.attempt(row.step, row.arguments)) == row.want);
    CHECK(desk.device.http.sent.empty());
  }
}

TEST_CASE("a wallet that is not registered says so, and its history is empty") {
  TestDevice device;
  Steps steps(device.host);
  CHECK(json::serialize(must(steps.run("state", {}))) == R"({"registered":false})");
  CHECK(code_of(steps.run("revocation_code", {})) == ErrorCode::wallet_not_registered);
  CHECK(must(steps.run("history", {{"ask_server", false}})).at("events").as_array().empty());
  CHECK(must(steps.run("privacy_notice", {})).at("parts").as_array().size() >= 3);
}

TEST_CASE("the revocation code is shown again only to a person who was verified for it") {
  Desk desk;
  CHECK(text_of(desk.run("revocation_code"), "revocation_code") == "CODE");
  CHECK(desk.device.holder.asked_again == 1);
  desk.device.holder.present = false;
  CHECK(code_of(desk.attempt("revocation_code")) == ErrorCode::wallet_user_verification_failed);
}
