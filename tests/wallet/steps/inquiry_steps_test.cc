#include <doctest/doctest.h>

#include "tests/wallet/test_device.h"
#include "wallet/steps/steps.h"

// Asking the operator, as a page does it.
using namespace mibun;
using namespace mibun::wallet;

namespace {

constexpr const char* kTerms =
    R"({"country":{"code":"US","ja":"アメリカ合衆国","en":"the United States of America"},)"
    R"("rules":{"ja":"制度","en":"rules"},"measures":{"ja":"措置","en":"measures"},"kept":{"ja":"内容","en":"kept"},)"
    R"("kept_days_after_answer":365,"text_characters_max":2000,"kinds":["card","of a newer server"]})";
constexpr const char* kOwn =
    R"({"inquiries":[{"inquiry_id":"BBBBBBBBBBBB","state":"open","asked_at":"2026-11-23T12:00:00+09:00","kind":"other",)"
    R"("text":"<b>\u202e"},{"inquiry_id":"AAAAAAAAAAAA","state":"answered","asked_at":"2026-11-22T12:00:00+09:00",)"
    R"("answered_at":"2026-11-23T09:00:00+09:00","kind":"card","text":"Why?","answer":"So."}],"can_ask":false})";

// A wallet and a server that answers as told.
struct Scene {
  Scene() {
    (void)device.make_profile();
    device.http.answer = TestServer{[this](const HttpRequest& request) -> Result<HttpResponse> {
      sent.push_back(request);
      return json_response(status, answer);
    }};
  }
  Result<json::Object> run(std::string_view name, const json::Object& arguments = {}) {
    return steps.run(name, arguments);
  }
  bool has_assertion(std::size_t index) const {
    return HttpResponse{.headers = sent.at(index).headers}.header("mibun-assertion").has_value();
  }
  TestDevice device;
  std::string answer;
  int status = 200;
  std::vector<HttpRequest> sent;
  Steps steps{device.host};
};

json::Object draft(std::string_view text = "Why?") {
  return {{"kind", "card"}, {"text", text}, {"country", "US"}};
}

}  // namespace

TEST_CASE("the terms of inquiries are read without the passkey, kinds that nobody knows among them") {
  Scene scene;
  scene.answer = kTerms;
  const json::Object terms = must(scene.run("inquiry_terms"));
  REQUIRE(scene.sent.size() == 1);
  CHECK(scene.sent[0].url == "https://wallet.example/api/v1/inquiries/terms");
  CHECK_FALSE(scene.has_assertion(0));
  CHECK(terms.at("country") == "US");
  CHECK(terms.at("country_name").as_object().at("ja") == "アメリカ合衆国");
  CHECK(terms.at("kept_days") == 365);
  const json::Array& kinds = terms.at("kinds").as_array();
  CHECK(kinds.at(0).as_object().at("label").as_object().at("en") == "Cards");
  CHECK(kinds.at(1).as_object().at("label").as_object().at("en") == "of a newer server");
}

TEST_CASE("terms that name no country are no terms") {
  for (const char* missing :
       {"country", "rules", "measures", "kept", "kept_days_after_answer", "text_characters_max", "kinds"}) {
    INFO(missing);
    json::Object terms = must(json::parse_object(kTerms));
    terms.erase(missing);
    Scene scene;
    scene.answer = json::serialize(terms);
    CHECK(code_of(scene.run("inquiry_terms")) == ErrorCode::json_missing_member);
  }
}

TEST_CASE("an inquiry goes out with the account's word and the country; the same words are the same inquiry") {
  Scene scene;
  scene.status = 201;
  scene.answer = R"({"inquiry_id":"AAAAAAAAAAAA","state":"open","asked_at":"2026-11-23T12:00:00+09:00"})";
  const json::Object kept = must(scene.run("send_inquiry", draft()));
  must(scene.run("send_inquiry", draft()));
  must(scene.run("send_inquiry", draft("Why not?")));
  REQUIRE(scene.sent.size() == 3);
  CHECK(scene.sent[0].url == "https://wallet.example/api/v1/inquiries");
  CHECK(scene.has_assertion(0));
  const auto body = [&](std::size_t index) { return must(json::parse_object(scene.sent.at(index).body)); };
  CHECK(body(0).at("country_agreed") == "US");
  CHECK(body(0).at("kind") == "card");
  CHECK(body(0).at("text") == "Why?");
  CHECK(body(0) == body(1));
  CHECK(body(0).at("id") != body(2).at("id"));
  CHECK(kept.at("id") == "AAAAAAAAAAAA");
  CHECK(kept.at("state") == "open");
  CHECK(kept.at("answer").is_null());
}

TEST_CASE("without a country, or without the person, nothing is sent") {
  Scene scene;
  json::Object arguments = draft();
  arguments["country"] = "";
  CHECK(code_of(scene.run("send_inquiry", arguments)) == ErrorCode::inquiry_country_not_agreed);
  arguments.erase("country");
  CHECK(code_of(scene.run("send_inquiry", arguments)) == ErrorCode::json_missing_member);
  scene.device.holder.present = false;
  CHECK(code_of(scene.run("send_inquiry", draft())) == ErrorCode::wallet_user_verification_failed);
  CHECK(code_of(scene.run("inquiries")) == ErrorCode::wallet_user_verification_failed);
  CHECK(scene.sent.empty());
}

TEST_CASE("one's inquiries come with their answers, as they were written") {
  Scene scene;
  scene.answer = kOwn;
  const json::Object own = must(scene.run("inquiries"));
  CHECK(scene.has_assertion(0));
  CHECK_FALSE(own.at("can_ask").as_bool());
  const json::Array& all = own.at("inquiries").as_array();
  REQUIRE(all.size() == 2);
  CHECK(all.at(0).as_object().at("text") == "<b>\u202e");
  CHECK(all.at(0).as_object().at("state") == "open");
  CHECK(all.at(0).as_object().at("answer").is_null());
  CHECK(all.at(0).as_object().at("answered_at").is_null());
  CHECK(all.at(1).as_object().at("state") == "answered");
  CHECK(all.at(1).as_object().at("answer") == "So.");
  CHECK(all.at(1).as_object().at("label").as_object().at("en") == "Answered");
  CHECK(all.at(1).as_object().at("kind").as_object().at("ja") == "カード");
}

TEST_CASE("what the server refuses is said, and an answer that is none is an error") {
  Scene scene;
  scene.status = 422;
  scene.answer = R"({"code":"inquiry_country_not_agreed","title":"x","detail":"y"})";
  const auto refused = scene.run("send_inquiry", draft());
  REQUIRE(!refused.has_value());
  CHECK(refused.error().code == ErrorCode::wallet_server_refused);
  CHECK(refused.error().where == "inquiry_country_not_agreed");
  scene.status = 200;
  scene.answer = R"({"inquiries":[{"inquiry_id":"A"}],"can_ask":true})";
  CHECK(code_of(scene.run("inquiries")) == ErrorCode::json_missing_member);
  scene.answer = R"({"inquiries":[]})";
  CHECK(code_of(scene.run("inquiries")) == ErrorCode::json_missing_member);
}
