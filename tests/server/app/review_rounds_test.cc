#include <doctest/doctest.h>

#include <algorithm>

#include "platform/files/files.h"
#include "platform/log/log.h"
#include "server/migrations/migrations.h"
#include "tests/server/world/reviewing.h"

// A case that is looked at more than once: what everybody sees, whose decisions count, and which photos are left.
namespace mibun::server {
namespace {

std::string text(const json::Value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}
json::Object photos_of(const Reply& reply) {
  return reply.json.at("photos").as_object();
}
const json::Object* in_list(const Reply& list, const std::string& case_id) {
  for (const json::Value& row : list.json.at("cases").as_array()) {
    if (text(row.at("case_id")) == case_id) return &row.as_object();
  }
  return nullptr;
}
Reply list(TestWorld& w) {
  return w.send(w.bound_request(w.token(w.akari), "GET", "/api/v1/staff/cases"));
}

std::vector<std::string> history_kinds(TestWorld& w, Device& device) {
  const Reply reply = w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  std::vector<std::string> kinds;
  for (const json::Value& event : reply.json.at("events").as_array()) {
    if (event.as_object().contains("kind")) kinds.push_back(text(event.at("kind")));
  }
  return kinds;
}

// A person with a case of their own, in a world of its own: these tests turn the clock.
struct Scene {
  Scene() : device(w.register_device()), id(case_with_photos(w, device)) {}
  ~Scene() { log::open(world().log_file(), log::Level::info); }  // there is one log: back to that of the others
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  void reopen_after_ask(std::string_view reason = "face_not_visible") {
    REQUIRE(ask_again_by(w, w.akari, id, reason).status() == 200);
    REQUIRE(resubmit(w, device, id, encoded(both_photos())).status() == 202);
  }
  void appeal_rejection() {
    REQUIRE(reject_by(w, w.akari, id).status() == 200);
    REQUIRE(appeal(w, device, id, "It is me.").status() == 202);
  }
  // In the database, whoever may look at them. It is open in one process only, so the server stops for it.
  std::int64_t photos_kept() {
    w.app.reset();
    const std::int64_t count = count_photos();
    w.app = must(App::open(w.config, w.clock, w.rng));
    return count;
  }
  std::int64_t count_photos() {
    auto database = must(database::Database::open(w.data_directory() + "/mibun.db", migrations()));
    std::int64_t count = -1;
    must(database->read([&](database::Transaction& transaction) -> Status {
      MIBUN_TRY(const auto row, transaction.row("SELECT COUNT(*) FROM evidence_files WHERE case_id = $1 AND name LIKE "
                                                "'photo.%'",
                                                id));
      count = row->integer(0);
      return {};
    }));
    return count;
  }

  TestWorld w;
  Device device;
  std::string id;
};

}  // namespace

TEST_CASE("reviewers get the photos as they were handed in, and the person sees that somebody looked") {
  Scene s;
  const Reply shown = staff_view(s.w, s.id);
  REQUIRE(shown.status() == 200);
  CHECK(photos_of(shown) == encoded(both_photos()));
  CHECK(shown.json.at("appeal").is_null());
  CHECK(std::ranges::count(history_kinds(s.w, s.device), "staff_viewed") == 1);
  // No claim comes from a picture.
  for (const auto& claim : shown.json.at("claims").as_object()) {
    CHECK(text(claim.value().at("source")).starts_with("emrtd:DG"));
  }
  const std::string without = s.w.case_in_review(s.device);
  CHECK(photos_of(staff_view(s.w, without)).empty());
}

TEST_CASE("photos lie in the files only sealed") {
  Scene s;
  const Bytes photo = both_photos().at(kSelfie);
  const std::string_view needle = as_text(BytesView(photo).subspan(10, 60));
  for (const char* name : {"/mibun.db", "/mibun.db-wal"}) {
    const auto content = files::read_file(s.w.data_directory() + name, 64 * 1024 * 1024);
    if (content) CHECK(as_text(*content).find(needle) == std::string_view::npos);
  }
  CHECK(s.photos_kept() == 2);
}

TEST_CASE("asked for photos: the person sees why and which; the new ones bring the case back to the reviewers") {
  Scene s;
  const Reply asked = ask_again_by(s.w, s.w.akari, s.id);
  CHECK(asked.text("state") == "more_needed");
  const Reply waiting = own_view(s.w, s.device, s.id);
  CHECK(waiting.text("state") == "more_needed");
  CHECK(waiting.text("reason") == "face_not_visible");
  CHECK(json::serialize(waiting.json.at("photos_needed")) == R"(["photo.selfie"])");
  CHECK(in_list(list(s.w), s.id) == nullptr);
  const Reply told = s.w.send_well(s.w.account_request(s.device, "GET", "/api/v1/notices"), 200);
  REQUIRE(told.json.at("notices").as_array().size() == 1);
  CHECK(told.json.at("notices").as_array()[0].at("kind") == "case_more_needed");

  const Bytes better = TestJpeg{.filler = 9}.bytes();
  REQUIRE(resubmit(s.w, s.device, s.id, encoded({{kSelfie, better}})).status() == 202);
  const Reply again = own_view(s.w, s.device, s.id);
  CHECK(again.text("state") == "in_review");
  CHECK_FALSE(again.json.contains("reason"));
  const Reply shown = staff_view(s.w, s.id);
  CHECK(photos_of(shown) == encoded({{kDocument, both_photos().at(kDocument)}, {kSelfie, better}}));
  CHECK(shown.text("portrait_file") == base64url::encode(s.w.chip_files().at("EF.DG2")));
  const auto kinds = history_kinds(s.w, s.device);
  CHECK(std::ranges::count(kinds, "proofing_asked_again") == 1);
  CHECK(std::ranges::count(kinds, "proofing_photos_accepted") == 1);
}

TEST_CASE("approvals of before the photos count no more, and the same people may decide on the new ones") {
  Scene s;
  CHECK(approve_by(s.w, s.w.minoru, s.id).json.at("approvals") == 1);
  s.reopen_after_ask();
  CHECK(in_list(list(s.w), s.id)->at("approvals") == 0);
  const Reply first = approve_by(s.w, s.w.akari, s.id);
  CHECK(first.text("state") == "in_review");
  CHECK(first.json.at("approvals") == 1);
  CHECK(approve_by(s.w, s.w.akari, s.id).code() == "case_same_reviewer");
  CHECK(approve_by(s.w, s.w.minoru, s.id).text("state") == "approved");
}

TEST_CASE("photos are asked for at most three times, by whomever") {
  Scene s;
  s.reopen_after_ask("photo_unreadable");
  s.reopen_after_ask("document_not_readable");
  s.reopen_after_ask();
  CHECK(ask_again_by(s.w, s.w.akari, s.id).code() == "case_wrong_state");
  CHECK(ask_again_by(s.w, s.w.minoru, s.id).code() == "case_wrong_state");
  CHECK(own_view(s.w, s.device, s.id).text("state") == "in_review");
  CHECK(approve_by(s.w, s.w.akari, s.id).status() == 200);  // and the refused question is no decision
}

TEST_CASE("the final approval deletes the photos, and nothing else") {
  Scene s;
  CHECK(approve_by(s.w, s.w.akari, s.id).text("state") == "in_review");
  CHECK(s.photos_kept() == 2);
  CHECK(approve_by(s.w, s.w.minoru, s.id).text("state") == "approved");
  CHECK(s.photos_kept() == 0);
  CHECK_FALSE(own_view(s.w, s.device, s.id).json.at("claims").as_object().empty());
}

TEST_CASE("a rejection keeps the photos for an appeal: until it is decided, or may not be made any more") {
  SUBCASE("nobody appeals") {
    Scene s;
    REQUIRE(reject_by(s.w, s.w.akari, s.id).status() == 200);
    s.w.clock.advance(std::chrono::hours(24 * 30) - std::chrono::seconds(1));
    must(s.w.app->purge_expired());
    CHECK(s.photos_kept() == 2);
    s.w.clock.advance(std::chrono::seconds(1));
    must(s.w.app->purge_expired());
    CHECK(s.photos_kept() == 0);
  }
  SUBCASE("the appeal is rejected") {
    Scene s;
    s.appeal_rejection();
    CHECK(s.photos_kept() == 2);
    REQUIRE(reject_by(s.w, s.w.minoru, s.id).status() == 200);
    CHECK(s.photos_kept() == 0);
  }
  SUBCASE("the appeal is approved") {
    Scene s;
    s.appeal_rejection();
    REQUIRE(approve_by(s.w, s.w.minoru, s.id).status() == 200);
    CHECK(s.photos_kept() == 2);
    REQUIRE(approve_by(s.w, s.w.sora, s.id).status() == 200);
    CHECK(s.photos_kept() == 0);
  }
  SUBCASE("a case in review keeps them, however long it takes") {
    Scene s;
    s.w.clock.advance(std::chrono::hours(24 * 60));
    must(s.w.app->purge_expired());
    CHECK(s.photos_kept() == 2);
  }
  SUBCASE("nobody answers to the question for better ones") {
    Scene s;
    REQUIRE(ask_again_by(s.w, s.w.akari, s.id).status() == 200);
    s.w.clock.advance(std::chrono::hours(24 * 30));
    must(s.w.app->purge_expired());
    CHECK(s.photos_kept() == 0);
    CHECK(resubmit(s.w, s.device, s.id, encoded(both_photos())).status() == 202);
  }
}

TEST_CASE("a rejection says why and until when it may be appealed; an appeal needs two others") {
  Scene s;
  REQUIRE(approve_by(s.w, s.w.minoru, s.id).status() == 200);
  REQUIRE(reject_by(s.w, s.w.akari, s.id).status() == 200);
  const Reply rejected = own_view(s.w, s.device, s.id);
  CHECK(rejected.text("reason") == "portrait_mismatch");
  CHECK(rejected.text("appeal_until") == to_jst_string(s.w.clock.now() + std::chrono::hours(24 * 30)));
  CHECK(rejected.json.at("appealed") == false);
  REQUIRE(appeal(s.w, s.device, s.id, "It is me.").status() == 202);
  const Reply appealed = own_view(s.w, s.device, s.id);
  CHECK(appealed.text("state") == "in_review");
  CHECK(appealed.json.at("appealed") == true);
  CHECK_FALSE(appealed.json.contains("appeal_until"));
  CHECK_FALSE(appealed.json.contains("decided_at"));
  CHECK(std::ranges::count(history_kinds(s.w, s.device), "proofing_appealed") == 1);

  const std::string at = to_jst_string(s.w.clock.now());
  CHECK(json::serialize(in_list(list(s.w), s.id)->at("appeal")) == R"({"at":")" + at + R"("})");
  CHECK(json::serialize(staff_view(s.w, s.id).json.at("appeal")) == R"({"at":")" + at + R"(","text":"It is me."})");
  // Who approved before decides anew; one approval is not enough.
  CHECK(approve_by(s.w, s.w.akari, s.id).code() == "case_same_reviewer");
  CHECK(approve_by(s.w, s.w.minoru, s.id).json.at("approvals") == 1);
  CHECK(approve_by(s.w, s.w.minoru, s.id).code() == "case_same_reviewer");
  CHECK(approve_by(s.w, s.w.sora, s.id).text("state") == "approved");
}

TEST_CASE("an appeal that is rejected ends the case") {
  Scene s;
  s.appeal_rejection();
  REQUIRE(reject_by(s.w, s.w.minoru, s.id).status() == 200);
  const Reply ended = own_view(s.w, s.device, s.id);
  CHECK(ended.text("state") == "rejected");
  CHECK(ended.json.at("appealed") == true);
  CHECK_FALSE(ended.json.contains("appeal_until"));
}

TEST_CASE("the text of an appeal lies in the files only sealed, and goes with the account") {
  Scene s;
  REQUIRE(reject_by(s.w, s.w.akari, s.id).status() == 200);
  REQUIRE(appeal(s.w, s.device, s.id, "kanaria7391 kanaria7391").status() == 202);
  for (const char* name : {"/mibun.db", "/mibun.db-wal"}) {
    const auto content = files::read_file(s.w.data_directory() + name, 64 * 1024 * 1024);
    if (content) CHECK(as_text(*content).find(kCanary) == std::string_view::npos);
  }
  REQUIRE(s.w.send(s.w.account_request(s.device, "DELETE", "/api/v1/account")).status() == 200);
  CHECK(s.photos_kept() == 0);
  CHECK(in_list(list(s.w), s.id) == nullptr);
}

}  // namespace mibun::server
