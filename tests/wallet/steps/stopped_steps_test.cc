// What a page is told when something breaks off halfway: what is true of it, and what there is to do next.
#include <doctest/doctest.h>

#include <algorithm>

#include "core/crypto/certificate_issuer.h"
#include "tests/wallet/steps/desk.h"
#include "wallet/grants.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

constexpr std::string_view kOverAsking =
    R"({"credentials":[{"id":"identity","format":"dc+sd-jwt","meta":{"vct_values":["https://issuer.example/vct/identity"]},
        "claims":[{"path":["given_name"]},{"path":["document_number"]}]}]})";
constexpr std::string_view kWithCode = R"({"agreed":true,"tx_code":"1234"})";

// An issuer whose cards need attested keys, at which a request fails while `lost` is a part of its address.
struct StoppingDesk : ReceivingDesk {
  StoppingDesk() {
    issuer.demands_attested_keys = true;
    server.handle = [](const HttpRequest&) { return json_response(200, R"({"key_attestation":"a.b.c"})"); };
    device.http.answer = [this](const HttpRequest& request) -> Result<HttpResponse> {
      const bool is_lost = !lost.empty() && request.url.find(lost) != std::string::npos;
      if (is_lost && !arrives) return fail(how);
      auto answer = request.url.starts_with("https://wallet.example/") ? server(request) : issuer.handle(request);
      if (is_lost) return fail(how);
      return answer;
    };
    static_cast<void>(run("receive_open", open()));
  }
  json::Object agree() { return run("receive_answer", kWithCode); }
  std::size_t sent_to(std::string_view part) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        device.http.sent, [&](const HttpRequest& request) { return request.url.find(part) != std::string::npos; }));
  }
  TestServer server;
  std::string lost;
  bool arrives = false;  // and only the answer is lost
  ErrorCode how = ErrorCode::http_connect_failed;
};

}  // namespace

TEST_CASE("an answer that got lost is told as what it is: perhaps it arrived; nothing can be answered any more") {
  PresentingDesk desk;
  desk.gateway.loses_answers = true;
  (void)desk.run("present_open", desk.open());
  const json::Object ended = desk.run("present_answer", kAgree);
  CHECK(text_of(ended, "step") == "ended");
  CHECK(text_of(ended, "sent") == "perhaps");
  CHECK(text_of(ended, "event") == desk.last_event().id);
  CHECK(desk.last_event().kind == "uncertain");
  CHECK(json::serialize(ended.at("organization")) == R"({"ja":"みほん商店","en":"Sample Shop"})");
  CHECK(text_of(ended.at("error").as_object(), "code") == "http_timeout");
  CHECK(desk.gateway.answers == 1);
  CHECK(code_of(desk.attempt("present_answer", kAgree)) == ErrorCode::invalid_argument);
}

TEST_CASE("what ends before anything was sent says so") {
  struct Row {
    std::string_view why;
    void (*spoil)(PresentingDesk&);
    ErrorCode want;
  };
  static constexpr auto kRows = std::to_array<Row>({
      {"agreed too late", [](PresentingDesk& desk) { desk.device.clock.advance(std::chrono::hours(1)); },
       ErrorCode::oid4vp_request_expired},
      {"the consent cannot be written down", [](PresentingDesk& desk) { desk.device.store.writes_left = 1; },
       ErrorCode::io_error},
      {"the wallet itself does not go there",
       [](PresentingDesk& desk) {
         desk.device.http.answer = [](const HttpRequest&) -> Result<HttpResponse> {
           return fail(ErrorCode::http_address_not_allowed);
         };
       },
       ErrorCode::http_address_not_allowed},
  });
  for (const Row& row : kRows) {
    INFO(row.why);
    PresentingDesk desk;
    (void)desk.run("present_open", desk.open());
    row.spoil(desk);
    const json::Object ended = desk.run("present_answer", kAgree);
    CHECK(text_of(ended, "step") == "ended");
    CHECK(text_of(ended, "sent") == "nothing");
    CHECK(text_of(ended.at("error").as_object(), "code") == to_string(row.want));
    CHECK(desk.gateway.answers == 0);
  }
}

TEST_CASE("an answer that arrived stays one that may have, when the history cannot be written; it has no entry") {
  PresentingDesk desk;
  (void)desk.run("present_open", desk.open());
  desk.device.http.answer = [&](const HttpRequest& request) {
    auto answer = desk.gateway.handle(request);
    if (desk.gateway.answers > 0) desk.device.store.broken = true;
    return answer;
  };
  const json::Object ended = desk.run("present_answer", kAgree);
  CHECK(text_of(ended, "sent") == "perhaps");
  CHECK(text_of(ended, "event").empty());
}

TEST_CASE("a second code whose answer got lost may have arrived, too; a wrong one before it did not") {
  for (const bool is_lost : {true, false}) {
    PresentingDesk desk;
    desk.gateway.transaction.parameters.pairing = oid4vp::PairingDemand{"https://shop.example"};
    desk.gateway.right_code = "123456";
    (void)desk.run("present_open", desk.open());
    (void)desk.run("present_answer", R"({"agreed":true,"language":"ja","pairing_code":"111111"})");
    if (is_lost) {
      desk.device.http.answer = [](const HttpRequest&) -> Result<HttpResponse> {
        return fail(ErrorCode::http_connect_failed);
      };
    } else {
      desk.device.clock.advance(std::chrono::hours(1));
    }
    CHECK(text_of(desk.run("present_code", R"({"code":"123456"})"), "sent") == (is_lost ? "perhaps" : "nothing"));
    CHECK(desk.last_event().kind == (is_lost ? "uncertain" : "failed"));
  }
}

TEST_CASE("who asks for too much is named, with what there is to look up about them, and can be reported") {
  PresentingDesk desk;
  desk.gateway.request_override = kOverAsking;
  const json::Object blocked = desk.run("present_open", desk.open());
  CHECK(text_of(blocked, "step") == "over_asked");
  CHECK(json::serialize(blocked.at("organization")) == R"({"ja":"みほん商店","en":"Sample Shop"})");
  CHECK(blocked.at("identified").at("verified").as_bool());
  CHECK(text_of(blocked, "client_id") == desk.gateway.world.client_id);
  CHECK(text_of(blocked.at("error").as_object(), "code") == "oid4vp_claim_not_registered");
  CHECK(text_of(blocked, "event") == desk.last_event().id);
  CHECK(desk.last_event().kind == "failed");
  CHECK(desk.last_event().partner_en == "Sample Shop");
  CHECK(desk.last_event().registration_id == desk.gateway.transaction.registration.registration_id);
  CHECK(code_of(desk.attempt("present_answer", kAgree)) == ErrorCode::invalid_argument);

  std::optional<json::Object> reported;
  TestServer server{[&](const HttpRequest& request) {
    if (request.url.ends_with("/api/v1/reports")) reported = must(json::parse_object(request.body));
    return json_response(201, "{}");
  }};
  desk.device.http.answer = [&](const HttpRequest& request) { return server(request); };
  const json::Object report{{"event", blocked.at("event")}, {"reason", "asked_too_much"}};
  (void)desk.run("report_partner", json::serialize(report));
  REQUIRE(reported);
  CHECK(text_of(*reported, "client_id") == desk.gateway.world.client_id);
}

TEST_CASE("what there is to look up about who asks: the registration with its registrar, the certificate") {
  PresentingDesk desk;
  const json::Object question = desk.run("present_open", desk.open());
  const oid4vp::Registration& registration = desk.gateway.transaction.registration;
  const json::Object& registered = question.at("registration").as_object();
  CHECK(text_of(registered, "id") == registration.registration_id);
  CHECK(text_of(registered, "registrar") == registration.issuer);
  const auto ms = [](const json::Value& time) { return time.as_object().at("ms").to_number<std::int64_t>(); };
  CHECK(ms(registered.at("until")) == registration.expires_at.unix_milliseconds());
  const auto leaf = must(crypto::Certificate::parse(desk.gateway.world.shop.chain.at(0)));
  const json::Object& certificate = question.at("certificate").as_object();
  CHECK(text_of(certificate, "subject") == leaf.subject());
  CHECK(text_of(certificate, "issuer") == desk.gateway.world.access_authority.root.subject());
  CHECK(text_of(certificate, "issuer") != leaf.subject());
  CHECK(ms(certificate.at("until")) == leaf.not_after().unix_milliseconds());
}

TEST_CASE("a passkey that is cancelled while a card is received stops it, and it goes on from there") {
  StoppingDesk desk;
  desk.device.holder.present = false;
  json::Object stopped = desk.agree();
  CHECK(text_of(stopped, "step") == "stopped");
  CHECK(text_of(stopped, "next") == "again");
  CHECK(text_of(stopped.at("error").as_object(), "code") == "wallet_user_verification_failed");
  CHECK(code_of(desk.attempt("receive_answer", kWithCode)) == ErrorCode::invalid_argument);
  CHECK(text_of(desk.run("receive_again"), "next") == "again");  // and again
  CHECK(desk.sent_to("/credential") == 0);
  desk.device.holder.present = true;
  CHECK(text_of(desk.run("receive_again"), "step") == "done");
  CHECK(desk.sent_to("/token") == 1);
  CHECK(code_of(desk.attempt("receive_again")) == ErrorCode::invalid_argument);
}

TEST_CASE("a connection that is cut while a card is received stops it, and it goes on from there") {
  for (const std::string_view lost : {"/token", "/nonce", "/key-attestations", "issuer.example/credential"}) {
    for (const ErrorCode how : {ErrorCode::http_connect_failed, ErrorCode::http_timeout}) {
      INFO(lost);
      StoppingDesk desk;
      desk.how = how;
      desk.lost = lost;
      CHECK(text_of(desk.agree(), "next") == "again");
      desk.lost.clear();
      CHECK(text_of(desk.run("receive_again"), "step") == "done");
      CHECK(desk.run("cards").at("cards").as_array().size() == 1);
    }
  }
}

TEST_CASE("what cannot go on says whether the same offer helps or only another one, and no key of it is left") {
  struct Row {
    std::string_view why;
    void (*spoil)(StoppingDesk&);
    std::string_view next;
  };
  static constexpr auto kRows = std::to_array<Row>({
      {"before the offer's code was used",
       [](StoppingDesk& desk) {
         desk.lost = "/token";
         desk.how = ErrorCode::http_redirect_refused;
       },
       "anew"},
      {"after it",
       [](StoppingDesk& desk) {
         desk.lost = "/nonce";
         desk.how = ErrorCode::http_redirect_refused;
       },
       "new_offer"},
      {"a card that is not right", [](StoppingDesk& desk) { desk.issuer.fault = "alg none"; }, "new_offer"},
  });
  for (const Row& row : kRows) {
    INFO(row.why);
    StoppingDesk desk;
    row.spoil(desk);
    CHECK(text_of(desk.agree(), "next") == row.next);
    CHECK(code_of(desk.attempt("receive_again")) == ErrorCode::invalid_argument);
    desk.lost.clear();
    desk.issuer.fault.clear();
    CHECK(text_of(desk.run("receive_open", desk.open()), "step") == "question");
    CHECK(text_of(desk.agree(), "step") == "done");
  }
}

TEST_CASE("an offer that was refused needs another one") {
  StoppingDesk desk;
  for (int i = 0; i < 4; ++i)
    CHECK(desk.run("receive_answer", R"({"agreed":true,"tx_code":"9"})").at("wrong").as_bool());
  const json::Object stopped = desk.run("receive_answer", R"({"agreed":true,"tx_code":"9"})");
  CHECK(text_of(stopped, "next") == "new_offer");
  CHECK(text_of(stopped.at("error").as_object(), "code") == "oauth_invalid_grant");
}

TEST_CASE("whoever leaves a card that was stopped halfway has no key of it left") {
  StoppingDesk desk;
  const std::size_t keys = desk.device.keys.keys.size();
  desk.device.holder.present = false;
  CHECK(text_of(desk.agree(), "next") == "again");
  CHECK(desk.device.keys.keys.size() > keys);
  (void)desk.run("drop");
  CHECK(desk.device.keys.keys.size() < keys);
  CHECK(code_of(desk.attempt("receive_again")) == ErrorCode::invalid_argument);
}
