#include "wallet/issuance.h"

#include <doctest/doctest.h>

#include "tests/wallet/test_issuer.h"
#include "wallet/history.h"
#include "wallet/made_keys.h"

using namespace mibun;
using namespace mibun::wallet;

namespace {

struct Scene {
  Scene() {
    must(device.store.write("trust", issuer.trust()));
    device.http.answer = [this](const HttpRequest& request) { return issuer.handle(request); };
  }
  Result<ReceiveOutcome> receive_with(const std::string& code, bool agreed = true) {
    return receive(device.host, provider, issuer.offer().to_uri(), {.ask = asking(code, agreed)});
  }
  AskToReceive asking(const std::string& code, bool agreed) {
    return [this, code, agreed](const oid4vci::AskHolder& question) {
      ++questions;
      return ReceiveDecision{agreed && !question.tx_code_was_wrong, code};
    };
  }
  TestDevice device;
  Profile profile;
  ServerApi api{device.host, "https://wallet.example"};
  WalletProvider provider{device.host, api, profile};
  Issuer issuer;
  int questions = 0;
};

}  // namespace

TEST_CASE("a card arrives in copies, each with a key of its own") {
  Scene scene;
  const auto received = std::get<ReceivedCard>(must(scene.receive_with("1234")));
  CHECK(received.card.copies == 3);
  CHECK(received.card.name_ja == "身分証");
  CHECK(received.card.name_en == "Digital ID");
  CHECK(received.card.issuer_name_ja == "発行者");
  CHECK(received.card.expires_at == kTestNow + seconds(86'400));
  const auto cards = must(CardStore(scene.device.store, scene.device.keys).list());
  REQUIRE(cards.size() == 1);
  CHECK(cards[0].copies_left == 3);
  CHECK(scene.device.keys.keys.size() == 3);  // the exchange's own key is gone
  CHECK(must(HistoryBook(scene.device.host).list()).back().kind == "card_received");
}

TEST_CASE("a program that is ended while a card comes leaves keys, and the next card's coming takes them away") {
  for (const char* at : {"/token", "/credential"}) {
    INFO(at);
    Scene scene;
    const auto issuing = scene.device.http.answer;
    scene.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
      if (request.url.ends_with(at)) scene.device.store.broken = scene.device.keys.broken = true;
      return issuing(request);
    };
    CHECK(!scene.receive_with("1234"));
    scene.device.store.broken = scene.device.keys.broken = false;
    scene.device.http.answer = issuing;
    CHECK(scene.device.keys.keys.size() >= 2);
    (void)must(scene.receive_with("1234"));
    CHECK(scene.device.keys.keys.size() == 3);
    CHECK(must(scene.device.store.names("made.")).empty());
  }
}

TEST_CASE("of the keys that were left, those that a record names stay, whatever the list says") {
  Scene scene;
  (void)must(scene.receive_with("1234"));
  const KeyId left = must(scene.device.keys.make_key());
  json::Array list;
  for (const auto& [id, key] : scene.device.keys.keys) list.emplace_back(id);
  REQUIRE(list.size() == 4);
  must(scene.device.store.write("made." + left.value, json::serialize(list)));
  must(destroy_left_keys(scene.device.host));
  CHECK(scene.device.keys.keys.size() == 3);
  CHECK(!scene.device.keys.keys.contains(left.value));
  CHECK(must(scene.device.store.names("made.")).empty());
  must(scene.device.store.write("made.x", R"({"key":1})"));
  CHECK(code_of(destroy_left_keys(scene.device.host)) == ErrorCode::json_wrong_type);
}

TEST_CASE("an offer by reference is fetched when the person says so, and not before") {
  constexpr std::string_view kLink = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Foffers.example%2F7";
  struct Row {
    std::string_view why;
    std::optional<bool> may_fetch;
    HttpResponse answer;
    std::optional<ErrorCode> want;
  };
  const std::string offer = json::serialize(Issuer().offer().to_json());
  HttpResponse as_text = json_response(200, offer);
  as_text.headers[0].value = "text/plain";
  const Row rows[] = {
      {"agreed", true, json_response(200, offer), {}},
      {"refused", false, json_response(200, offer), ErrorCode::wallet_holder_refused},
      {"nobody was asked", {}, json_response(200, offer), ErrorCode::wallet_holder_refused},
      {"redirected", true, {302, {{"Location", "https://other.example"}}, ""}, ErrorCode::http_redirect_refused},
      {"over", true, json_response(404, "{}"), ErrorCode::http_status_unexpected},
      {"of another type", true, as_text, ErrorCode::oid4vci_response_malformed},
      {"no offer", true, json_response(200, "{}"), ErrorCode::oid4vci_offer_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Scene scene;
    std::vector<std::string> asked_about;
    scene.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
      if (request.url != "https://offers.example/7") return scene.issuer.handle(request);
      CHECK(request.method == "GET");
      return row.answer;
    };
    ReceiveTalk talk{.ask = scene.asking("1234", true)};
    if (row.may_fetch) {
      talk.may_fetch = [&](const oid4vci::OfferReference& reference) {
        CHECK(scene.device.http.sent.empty());
        asked_about.push_back(reference.origin());
        return *row.may_fetch;
      };
    }
    const auto received = receive(scene.device.host, scene.provider, kLink, talk);
    CHECK(asked_about.size() == (row.may_fetch ? 1U : 0U));
    if (!row.want) {
      CHECK(received.has_value());
      CHECK(asked_about.front() == "https://offers.example");
      continue;
    }
    CHECK(code_of(received) == *row.want);
    CHECK(scene.questions == 0);
    CHECK(scene.device.http.sent.size() == (row.may_fetch.value_or(false) ? 1U : 0U));
    CHECK(scene.device.keys.keys.empty());
  }
}

TEST_CASE("one of the cards offered can be chosen, and no other") {
  Scene scene;
  const std::string link = scene.issuer.offer().to_uri();
  CHECK(code_of(receive(scene.device.host, scene.provider, link, {.ask = scene.asking("1234", true)}, "other")) ==
        ErrorCode::oid4vci_unknown_credential_configuration);
  CHECK(scene.device.http.sent.empty());
  CHECK(receive(scene.device.host, scene.provider, link, {.ask = scene.asking("1234", true)}, "identity").has_value());
}

TEST_CASE("A4, A18: one wrong copy among many: nothing is stored, no key stays") {
  struct Row {
    std::string_view fault;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"untrusted", ErrorCode::sd_jwt_issuer_not_trusted},   {"other issuer", ErrorCode::sd_jwt_issuer_mismatch},
      {"other type", ErrorCode::sd_jwt_vct_mismatch},        {"expired", ErrorCode::jwt_expired},
      {"other contents", ErrorCode::sd_jwt_claim_collision},
  };
  for (const Row& row : rows) {
    INFO(row.fault);
    Scene scene;
    scene.issuer.fault = row.fault;
    CHECK(code_of(scene.receive_with("1234")) == row.want);
    CHECK(scene.device.keys.keys.empty());
    CHECK(must(scene.device.store.names("c")).empty());
    CHECK(must(scene.device.store.names("event.")).empty());
  }
  Scene scene;
  scene.issuer.fault = "foreign key";
  CHECK(!scene.receive_with("1234"));
  CHECK(scene.device.keys.keys.empty());
}

TEST_CASE("V3: a card of a type that its issuer is not believed for is not stored") {
  struct Row {
    std::string_view why, types, names;
    std::optional<ErrorCode> want;
  };
  static constexpr Row rows[] = {
      {"for another type", R"(["urn:club:membership"])", "", ErrorCode::certificate_untrusted_for_type},
      {"for several", R"(["urn:club:membership","urn:mibun:identity:1"])", "", {}},
      {"under its name", R"(["urn:mibun:identity:1"])", R"(,"iss":["https://issuer.example"])", {}},
      {"under another name", R"(["urn:mibun:identity:1"])", R"(,"iss":["https://other.example"])",
       ErrorCode::certificate_untrusted_for_type},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Scene scene;
    scene.issuer.trusted_issuers = scene.issuer.row(row.types, row.names);
    must(scene.device.store.write("trust", scene.issuer.trust()));
    const auto received = scene.receive_with("1234");
    if (!row.want) {
      CHECK(received.has_value());
      continue;
    }
    CHECK(code_of(received) == *row.want);
    CHECK(must(CardStore(scene.device.store, scene.device.keys).list()).empty());
    CHECK(scene.device.keys.keys.empty());
  }
}

TEST_CASE("a trust list from before issuers had types gets them from its server, and stays as it was otherwise") {
  Scene scene;
  scene.device.make_profile();
  json::Object before = must(json::parse_object(scene.issuer.trust()));
  before.erase("trusted_issuers");
  must(scene.device.store.write("trust", json::serialize(before)));
  must(scene.device.store.write("server_log", "remembered"));
  json::Object published = must(json::parse_object(scene.issuer.trust()));
  published["registrar"] = published.at("credential_issuer");
  int fetched = 0;
  std::optional<HttpResponse> answer;
  scene.device.http.answer = [&](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.url != "https://wallet.example/.well-known/mibun-trust.json") return scene.issuer.handle(request);
    ++fetched;
    return answer ? *answer : json_response(200, json::serialize(published));
  };
  answer = json_response(503, "{}");
  CHECK(code_of(scene.receive_with("1234")) == ErrorCode::http_status_unexpected);
  answer = json_response(200, json::serialize(before));  // a server of before
  CHECK(code_of(scene.receive_with("1234")) == ErrorCode::sd_jwt_issuer_not_trusted);
  answer.reset();
  CHECK(scene.receive_with("1234").has_value());
  const json::Object after = must(json::parse_object(must(scene.device.store.read("trust"))));
  CHECK(after.at("registrar") == before.at("registrar"));
  CHECK(after.at("trusted_issuers") == published.at("trusted_issuers"));
  CHECK(must(scene.device.store.read("server_log")) == "remembered");
  CHECK(scene.receive_with("1234").has_value());
  CHECK(fetched == 3);
}

TEST_CASE("A1: a card that its issuer did not sign, or that nobody did, is not stored") {
  for (const std::string_view fault : {"signature over something else", "alg none"}) {
    INFO(fault);
    Scene scene;
    scene.issuer.fault = fault;
    CHECK(!scene.receive_with("1234"));
    CHECK(must(CardStore(scene.device.store, scene.device.keys).list()).empty());
    CHECK(scene.device.keys.keys.empty());
  }
}

TEST_CASE("who says no, or types a wrong code, receives nothing and has no key left") {
  Scene refusing;
  CHECK(code_of(refusing.receive_with("1234", false)) == ErrorCode::wallet_holder_refused);
  CHECK(refusing.device.keys.keys.empty());
  Scene mistyping;
  CHECK(code_of(mistyping.receive_with("9999")) == ErrorCode::wallet_holder_refused);
  CHECK(mistyping.questions == 2);
  CHECK(mistyping.device.keys.keys.empty());
}

TEST_CASE("a store that fails half way keeps no key and lists no card") {
  Scene scene;
  scene.device.http.answer = [&](const HttpRequest& request) {
    if (request.url.ends_with("/credential")) scene.device.store.broken = true;
    return scene.issuer.handle(request);
  };
  CHECK(code_of(scene.receive_with("1234")) == ErrorCode::io_error);
  CHECK(scene.device.keys.keys.empty());
  CHECK(must(CardStore(scene.device.store, scene.device.keys).list()).empty());
}
