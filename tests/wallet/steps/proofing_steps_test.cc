#include <doctest/doctest.h>

#include <deque>

#include "core/codecs/base64url.h"
#include "tests/wallet/test_chip.h"
#include "tests/wallet/test_device.h"
#include "wallet/history.h"
#include "wallet/steps/steps.h"

// The identity check in steps: what goes to the server, and what the page is told of a case.
using namespace mibun;
using namespace mibun::wallet;

namespace {

constexpr std::string_view kCase = "AAAAAAAAAAAAAAAAAAAAAA";

struct Desk {
  Desk() : profile(device.make_profile()) {
    device.http.answer = TestServer{[this](const HttpRequest& request) { return handle(request); }};
  }
  Result<HttpResponse> handle(const HttpRequest& request) {
    target = request.url.substr(request.url.find("/api/"));
    sent = request.body.empty() ? json::Object{} : must(json::parse_object(request.body));
    if (refusal) return HttpResponse{409, {{"Content-Type", "application/problem+json"}}, *refusal};
    return json_response(request.method == "GET" ? 200 : 202, answer);
  }
  Result<json::Object> attempt(std::string_view name, const json::Object& arguments = {}) {
    return steps.run(name, arguments);
  }
  json::Object submit(const json::Value& photos) {
    json::Object arguments{{"case_id", kCase}, {"files", json::Object{{"EF.SOD", "AQ"}}}, {"signature", "Ag"}};
    if (!photos.is_null()) arguments["photos"] = photos;
    return must(attempt("submit_proofing", arguments));
  }

  TestDevice device;
  Profile profile;
  Steps steps{device.host};
  std::string answer = R"({"state":"in_review","findings":[]})";
  std::optional<std::string> refusal;
  std::string target;
  json::Object sent;
};

}  // namespace

TEST_CASE("what the chip's files say is shown before anything is sent; damaged ones are said to be") {
  Desk desk;
  ChipFiles chip = chip_files();
  const auto review = [&] {
    json::Object files;
    for (const auto& [name, file] : chip) files[name] = base64url::encode(file);
    return desk.attempt("review_chip", {{"files", files}});
  };
  const json::Object said = must(review());
  std::string rows;
  for (const json::Value& row : said.at("rows").as_array()) {
    rows += row.at("label").at("en").as_string();
    rows += "=";
    rows += row.at("value").at("en").as_string();
    rows += ";";
  }
  CHECK(rows ==
        "Family name=MIHON;Given name=HANAKO;Date of birth=15 Apr 1990;Sex=Female;Nationality=JPN;Issuing state=JPN;"
        "Passport number=TK1234567;Passport valid until=2 Jan 2030;");
  CHECK(said.at("rows").as_array()[3].at("value").at("ja") == "女");
  CHECK(json::serialize(said.at("portrait")) == R"({"media_type":"image/jpeg","image":"_9j_2Q"})");
  CHECK(said.at("expired") == false);
  chip["EF.DG2"].back() ^= 1;
  CHECK(code_of(review()) == ErrorCode::emrtd_digest_mismatch);
  chip.erase("EF.DG2");
  CHECK(must(review()).at("portrait").is_null());
  CHECK(desk.device.http.sent.empty());
  CHECK(desk.device.holder.asked == 0);
}

TEST_CASE("photos go along with the chip's files, and the answer is a whole case") {
  Desk desk;
  const json::Object now = desk.submit(json::Object{{"photo.document", "_9g"}, {"photo.selfie", "_9k"}});
  CHECK(desk.target == "/api/v1/proofing/cases/" + std::string(kCase) + "/submission");
  CHECK(json::serialize(desk.sent.at("files")) == R"({"EF.SOD":"AQ","photo.document":"_9g","photo.selfie":"_9k"})");
  CHECK(now.at("reason").is_null());
  CHECK(now.at("appeal_until").is_null());
  CHECK(now.at("appealed") == false);
  CHECK(now.at("photos_needed").as_array().empty());
  (void)desk.submit(nullptr);
  CHECK(json::serialize(desk.sent.at("files")) == R"({"EF.SOD":"AQ"})");
}

TEST_CASE("photos alone go without a signature, and a chip's file does not pass for one") {
  Desk desk;
  const json::Object photos{{"photo.selfie", "_9k"}};
  const json::Object after = must(desk.attempt("resubmit_photos", {{"case_id", kCase}, {"photos", photos}}));
  CHECK(json::serialize(desk.sent) == R"({"files":{"photo.selfie":"_9k"}})");
  CHECK(json::serialize(after) == R"({"state":"in_review","label":{"ja":"審査中","en":"In review"}})");
  CHECK(must(HistoryBook(desk.device.host).list()).back().kind == "proofing_photos_accepted");

  desk.target.clear();
  for (const char* name : {"EF.DG1", "photo.other", ""}) {
    INFO(name);
    CHECK(code_of(desk.attempt("resubmit_photos", {{"case_id", kCase}, {"photos", json::Object{{name, "_9k"}}}})) ==
          ErrorCode::invalid_argument);
  }
  CHECK(code_of(desk.attempt("resubmit_photos", {{"case_id", kCase}, {"photos", json::Object{{"photo.selfie", 7}}}})) ==
        ErrorCode::json_wrong_type);
  CHECK(code_of(desk.attempt("resubmit_photos", {{"case_id", "../account"}, {"photos", photos}})) ==
        ErrorCode::json_bad_value);
  CHECK(desk.target.empty());  // nothing of all that was sent
}

TEST_CASE("an appeal sends the person's words; what the server refuses comes back by its code") {
  Desk desk;
  const json::Object arguments{{"case_id", kCase}, {"text", "私です。"}};
  CHECK(must(desk.attempt("appeal", arguments)).at("state") == "in_review");
  CHECK(desk.target == "/api/v1/proofing/cases/" + std::string(kCase) + "/appeal");
  CHECK(json::serialize(desk.sent) == R"({"text":"私です。"})");
  CHECK(must(HistoryBook(desk.device.host).list()).back().kind == "proofing_appealed");
  desk.refusal = R"({"code":"appeal_used","title":"No."})";
  const auto refused = desk.attempt("appeal", arguments);
  CHECK(code_of(refused) == ErrorCode::wallet_server_refused);
  CHECK(refused.error().where == "appeal_used");
  CHECK(code_of(desk.attempt("appeal", {{"case_id", "x/y"}, {"text", "x"}})) == ErrorCode::json_bad_value);
}

TEST_CASE("a case says in both languages why it came back, what is needed and until when") {
  Desk desk;
  (void)desk.submit(nullptr);
  desk.answer = R"({"case_id":"AAAAAAAAAAAAAAAAAAAAAA","state":"more_needed","reason":"face_not_visible",)"
                R"("photos_needed":["photo.selfie"],"appealed":true})";
  const json::Object more = must(desk.attempt("case"));
  CHECK(more.at("label").at("ja") == "追加の写真が必要です");
  CHECK(more.at("reason").at("en") == "Your face cannot be seen well in the photo of you.");
  CHECK(json::serialize(more.at("photos_needed")) == R"(["photo.selfie"])");
  CHECK(more.at("appealed") == true);

  desk.answer = R"({"case_id":"AAAAAAAAAAAAAAAAAAAAAA","state":"rejected","reason":"portrait_mismatch",)"
                R"("appeal_until":"2026-12-31T09:00:00+09:00","appealed":false})";
  const json::Object rejected = must(desk.attempt("case"));
  CHECK(rejected.at("appeal_until").at("ms") == 1798675200000);
  CHECK(rejected.at("reason").at("ja").as_string().find("同じだと確認できません") != std::string::npos);

  desk.answer = R"({"case_id":"AAAAAAAAAAAAAAAAAAAAAA","state":"rejected","appeal_until":"soon"})";
  CHECK(code_of(desk.attempt("case")) == ErrorCode::date_malformed);
}
