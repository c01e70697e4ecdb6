#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "platform/database/database.h"
#include "platform/log/log.h"
#include "server/inquiries/terms.h"
#include "server/migrations/migrations.h"
#include "tests/server/app/row.h"
#include "tests/server/world/later.h"

// A person asks the operator and is answered: the only class of data that is kept in another country (promise WP-02).
namespace mibun::server {
namespace {

constexpr std::string_view kPath = "/api/v1/inquiries";
constexpr std::string_view kStaffPath = "/api/v1/staff/inquiries";

json::Object inquiry(std::string id = "inquiry-of-this-test", std::string text = "カードが出てきません。\nWhy?") {
  return {{"id", std::move(id)}, {"kind", "card"}, {"text", std::move(text)}, {"country_agreed", "US"}};
}

Reply send(Device& device, const json::Object& body) {
  return world().send(world().account_request(device, "POST", std::string(kPath), json::serialize(body)));
}
Reply own(Device& device) {
  return world().send_well(world().account_request(device, "GET", std::string(kPath)), 200);
}
json::Array inquiries_of(Device& device) {
  return own(device).json.at("inquiries").as_array();
}
Reply as_staff(const std::string& rest = "", std::string method = "GET", std::string body = "") {
  return world().send(world().bound_request(world().token(world().akari), std::move(method),
                                            std::string(kStaffPath) + rest, std::move(body)));
}
Reply answer(const std::string& id, std::string_view text) {
  return as_staff("/" + id + "/answer", "POST", json::serialize(json::Object{{"text", text}}));
}
std::string state_for_staff(const std::string& id) {
  const Reply reply = as_staff();
  REQUIRE(reply.status() == 200);
  for (const json::Value& row : reply.json.at("inquiries").as_array()) {
    CHECK_FALSE(row.as_object().contains("text"));  // nothing of what it says
    CHECK_FALSE(row.as_object().contains("kind"));
    if (row.as_object().at("inquiry_id") == json::Value(id))
      return std::string(row.as_object().at("state").as_string());
  }
  return "not listed";
}

std::vector<std::string> kinds_of(Device& device, const char* path, const char* list) {
  const Reply reply = world().send_well(world().account_request(device, "GET", path), 200);
  std::vector<std::string> all;
  for (const json::Value& event : reply.json.at(list).as_array()) {
    if (const json::Value* kind = event.as_object().if_contains("kind")) all.emplace_back(kind->as_string());
  }
  return all;
}
std::vector<std::string> history(Device& device) {
  return kinds_of(device, "/api/v1/history", "events");
}

std::string repeat(std::string_view one, std::size_t count) {
  std::string text;
  while (count-- > 0) text += one;
  return text;
}

// Of every file below the server's folder, its log among them.
std::vector<std::string> files_with(std::string_view wanted) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(world().directory_.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    if (content.find(wanted) != std::string::npos) found.push_back(entry.path().filename().string());
  }
  return found;
}

// The server's database as it lies on the disk, with the columns of each row as one text.
class CopyOfDatabase {
 public:
  CopyOfDatabase() {
    for (const char* name : {"/mibun.db", "/mibun.db-wal"}) {
      std::filesystem::copy_file(world().data_directory() + name, folder_.file(name + 1));
    }
    database_ = must(database::Database::open(folder_.file("mibun.db"), migrations()));
  }
  std::vector<std::string> rows(std::string_view sql) {
    std::vector<std::string> all;
    must(database_->read([&](database::Transaction& transaction) -> Status {
      MIBUN_TRY(const auto rows, transaction.rows(sql));
      for (const database::Row& row : rows) all.push_back(row.text(0));
      return {};
    }));
    return all;
  }

 private:
  TempDir folder_;
  std::unique_ptr<database::Database> database_;
};

}  // namespace

TEST_CASE("what a person agrees to is public: the country, its rules and what is kept, in both languages") {
  const Reply terms = world().send_well({.target = "/api/v1/inquiries/terms"}, 200);
  const json::Object& country = terms.json.at("country").as_object();
  CHECK(country.at("code") == "US");
  CHECK(country.at("ja") == "アメリカ合衆国");
  for (const char* name : {"country", "rules", "measures", "kept"}) {
    const json::Object& text = terms.json.at(name).as_object();
    CHECK(text.at("ja").as_string().size() >= 15);
    CHECK(text.at("en").as_string().size() >= 15);
  }
  CHECK(terms.json.at("kept_days_after_answer") == 365);
  CHECK(terms.json.at("text_characters_max") == 2000);
}

TEST_CASE("a person asks once, staff answer once, and the person has the answer, a notice and the whole history") {
  Device device = world().register_device();
  const Reply kept = send(device, inquiry());
  REQUIRE(kept.status() == 201);
  const std::string id = kept.text("inquiry_id");
  CHECK(id.size() == 12);
  CHECK(kept.text("state") == "open");
  CHECK(send(device, inquiry()).json == kept.json);
  CHECK(state_for_staff(id) == "open");
  REQUIRE(inquiries_of(device).size() == 1);
  CHECK_FALSE(inquiries_of(device)[0].as_object().contains("answer"));

  const Reply opened = as_staff("/" + id);
  REQUIRE(opened.status() == 200);
  CHECK(opened.json.at("text") == inquiry().at("text"));
  CHECK(opened.json.at("kind") == "card");
  CHECK(opened.response.body.find(device.account_id) == std::string::npos);

  const Reply answered = answer(id, "受け取りの画面をご覧ください。\nPlease look there.");
  REQUIRE(answered.status() == 200);
  CHECK(answer(id, "受け取りの画面をご覧ください。\nPlease look there.").json == answered.json);
  CHECK(answer(id, "Something else").code() == "inquiry_answered");
  CHECK(state_for_staff(id) == "answered");

  const json::Object mine = inquiries_of(device)[0].as_object();
  CHECK(mine.at("inquiry_id") == json::Value(id));
  CHECK(mine.at("state") == "answered");
  CHECK(mine.at("text") == inquiry().at("text"));
  CHECK(mine.at("answer") == "受け取りの画面をご覧ください。\nPlease look there.");
  CHECK(history(device) ==
        std::vector<std::string>{"registered", "inquiry_sent", "inquiry_viewed", "inquiry_answered"});
  CHECK(kinds_of(device, "/api/v1/notices", "notices") == std::vector<std::string>{"inquiry_answered"});
}

TEST_CASE("without the country that is in force an inquiry is refused and nothing is kept") {
  Device device = world().register_device();
  const std::pair<std::string_view, std::optional<std::string_view>> rows[] = {
      {"no country", {}}, {"an empty one", ""}, {"Japan", "JP"}, {"in small letters", "us"}, {"its name", "America"}};
  for (const auto& [why, country] : rows) {
    INFO(why);
    json::Object body = inquiry();
    body.erase("country_agreed");
    if (country) body["country_agreed"] = *country;
    const Reply reply = send(device, body);
    CHECK(reply.status() == 422);
    CHECK(reply.code() == "inquiry_country_not_agreed");
  }
  CHECK(inquiries_of(device).empty());
  CHECK(history(device) == std::vector<std::string>{"registered"});
}

TEST_CASE("what is no inquiry is refused") {
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
    bool good;
  };
  const Row rows[] = {
      {"two thousand characters", [](auto& body) { body["text"] = repeat("字", 2000); }, true},
      {"one more", [](auto& body) { body["text"] = repeat("字", 2001); }, false},
      {"no text", [](auto& body) { body["text"] = ""; }, false},
      {"only space", [](auto& body) { body["text"] = " \n\u3000 "; }, false},
      {"a terminal's escape", [](auto& body) { body["text"] = "\x1b[2J"; }, false},
      {"the same in one character", [](auto& body) { body["text"] = "\u009b2J"; }, false},
      {"a carriage return", [](auto& body) { body["text"] = "a\rb"; }, false},
      {"a kind nobody knows", [](auto& body) { body["kind"] = "complaint"; }, false},
      {"a short id", [](auto& body) { body["id"] = "123456789012345"; }, false},
      {"an id with a dot", [](auto& body) { body["id"] = "inquiry.of.this.test"; }, false},
      {"a country that is no text", [](auto& body) { body["country_agreed"] = true; }, false},
  };
  Device device = world().register_device();
  int number = 0;
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object body = inquiry("inquiry-of-this-test-" + std::to_string(++number));
    row.change(body);
    const Reply reply = send(device, body);
    CHECK(reply.status() == (row.good ? 201 : 400));
    CHECK(reply.code() == (row.good ? "" : "request_malformed"));
  }
}

TEST_CASE("what is no answer is refused, and so is one to nothing") {
  Device device = world().register_device();
  const std::string id = send(device, inquiry()).text("inquiry_id");
  for (const std::string& text : {std::string(), std::string(" \n"), std::string("\x1b[2J"), repeat("字", 4001)}) {
    CHECK(answer(id, text).code() == "request_malformed");
  }
  CHECK(state_for_staff(id) == "open");
  CHECK(answer(std::string(kNoId), "Hello").code() == "route_not_found");
  CHECK(as_staff("/" + std::string(kNoId)).status() == 404);
  CHECK(answer(id, repeat("字", 4000)).status() == 200);
}

TEST_CASE("inquiries are listed to their own person only, and an id of one is no other's") {
  Device one = world().register_device(), other = world().register_device();
  const std::string mine = send(one, inquiry()).text("inquiry_id"), theirs = send(other, inquiry()).text("inquiry_id");
  CHECK(mine != theirs);
  REQUIRE(inquiries_of(one).size() == 1);
  REQUIRE(inquiries_of(other).size() == 1);
  CHECK(inquiries_of(one)[0].as_object().at("inquiry_id") == json::Value(mine));
  CHECK(inquiries_of(other)[0].as_object().at("inquiry_id") == json::Value(theirs));
  Device third = world().register_device();
  CHECK(inquiries_of(third).empty());
}

TEST_CASE("three may wait for an answer; one that was answered makes room, and repeating one needs none") {
  Device device = world().register_device();
  std::vector<std::string> ids;
  for (int i = 0; i < kInquiriesOpenMax; ++i) {
    CHECK(own(device).json.at("can_ask").as_bool());
    const Reply kept = send(device, inquiry("inquiry-of-this-test-" + std::to_string(i)));
    REQUIRE(kept.status() == 201);
    ids.push_back(kept.text("inquiry_id"));
  }
  CHECK_FALSE(own(device).json.at("can_ask").as_bool());
  const json::Object fourth = inquiry("inquiry-of-this-test-four");
  CHECK(send(device, fourth).code() == "inquiry_limit");
  CHECK(send(device, inquiry("inquiry-of-this-test-0")).text("inquiry_id") == ids[0]);
  CHECK(inquiries_of(device).size() == 3);
  REQUIRE(answer(ids[1], "Yes.").status() == 200);
  CHECK(own(device).json.at("can_ask").as_bool());
  CHECK(send(device, fourth).status() == 201);
  CHECK(inquiries_of(device)[0].as_object().at("state") == "open");  // newest first
}

TEST_CASE("ten a day, and another one a day later") {
  Device device = world().register_device();
  for (int i = 0; i < kInquiriesPerDayMax; ++i) {
    const Reply kept = send(device, inquiry("inquiry-of-this-test-" + std::to_string(i)));
    REQUIRE(kept.status() == 201);
    REQUIRE(answer(kept.text("inquiry_id"), "Yes.").status() == 200);
  }
  CHECK_FALSE(own(device).json.at("can_ask").as_bool());
  CHECK(send(device, inquiry("inquiry-of-this-test-more")).code() == "inquiry_limit");
  const Later next_day(world(), std::chrono::hours(24));
  CHECK(own(device).json.at("can_ask").as_bool());
  CHECK(send(device, inquiry("inquiry-of-this-test-more")).status() == 201);
}

// Promise WP-02c.
TEST_CASE("a word of an inquiry and of its answer stands in no byte of the server, nor does its row name the account") {
  Device device = world().register_device();
  const std::string asked = "kanaria-in-an-inquiry", told = "kanaria-in-an-answer", client = "inquiry-of-the-canary";
  const std::string id = send(device, inquiry(client, asked)).text("inquiry_id");
  REQUIRE(answer(id, told).status() == 200);
  REQUIRE(as_staff("/" + id).json.at("answer") == json::Value(told));
  log::flush();
  CHECK_FALSE(files_with(id).empty());  // the search finds what is there
  CHECK_FALSE(files_with(device.account_id).empty());
  for (const std::string& word : {asked, told, client}) CHECK(files_with(word).empty());

  CopyOfDatabase copy;
  const auto rows = copy.rows(
      "SELECT inquiry_id || ' ' || region || ' ' || hex(pseudonym) || ' ' || hex(repeat_hash) || ' ' || "
      "hex(sealed_question) || ' ' || hex(sealed_answer) || ' ' || CAST(sealed_question AS TEXT) || "
      "CAST(sealed_answer AS TEXT) FROM inquiries WHERE inquiry_id = '" +
      id + "'");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].starts_with(id + " US "));
  CHECK(rows[0].find(device.account_id) == std::string::npos);
  // Only the table that stays in Japan tells whose it is.
  CHECK(copy.rows("SELECT region FROM inquirers WHERE account_id = '" + device.account_id + "'") ==
        std::vector<std::string>{"JP"});
}

TEST_CASE("of all tables, only that of inquiries is kept outside of Japan") {
  CopyOfDatabase copy;
  CHECK(copy.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%''US''%'") ==
        std::vector<std::string>{"inquiries"});
  const std::string bare = "SELECT name FROM sqlite_master WHERE name = 'inquiries' AND sql NOT LIKE ";
  CHECK(copy.rows(bare + "'%account%' AND sql NOT LIKE '%REFERENCES%'") == std::vector<std::string>{"inquiries"});
}

TEST_CASE("with the account its inquiries go, those of others stay, and none can be sent or answered any more") {
  Device device = world().register_device(), other = world().register_device();
  const std::string mine = send(device, inquiry()).text("inquiry_id"),
                    theirs = send(other, inquiry()).text("inquiry_id");
  const TestRequest late =
      world().account_request(device, "POST", std::string(kPath), json::serialize(inquiry("inquiry-that-is-late")));
  world().send_well(world().account_request(device, "DELETE", "/api/v1/account"), 200);
  CHECK(state_for_staff(mine) == "not listed");
  CHECK(as_staff("/" + mine).status() == 404);
  CHECK(answer(mine, "Too late.").code() == "route_not_found");
  CHECK(state_for_staff(theirs) == "open");
  CHECK(world().send(late).status() == 401);
  CHECK(files_with(mine).size() <= 1);  // the log, which has numbers of inquiries and nothing else
  CopyOfDatabase copy;
  CHECK(copy.rows("SELECT inquiry_id FROM inquiries WHERE inquiry_id = '" + mine + "'").empty());
  CHECK(copy.rows("SELECT account_id FROM inquirers WHERE account_id = '" + device.account_id + "'").empty());
}

TEST_CASE("a stopped wallet neither asks nor reads; a proof is good for one inquiry") {
  Device device = world().register_device();
  const TestRequest once =
      world().account_request(device, "POST", std::string(kPath), json::serialize(inquiry("inquiry-sent-twice")));
  REQUIRE(world().send(once).status() == 201);
  CHECK(world().send(once).code() == "assertion_replayed");
  const TestRequest late =
      world().account_request(device, "POST", std::string(kPath), json::serialize(inquiry("inquiry-that-is-late")));
  const TestRequest look = world().account_request(device, "GET", std::string(kPath));
  world().send_well(world().json_request("POST", "/api/v1/revocations", {{"revocation_code", device.revocation_code}}),
                    200);
  CHECK(world().send(late).status() == 401);
  CHECK(world().send(look).status() == 401);
}

TEST_CASE("an answer is kept for a year; a question without one stays") {
  TestWorld w;  // of its own: the others do not grow old with it
  Device device = w.register_device();
  const auto ask = [&](const char* id) {
    return w.send_well(w.account_request(device, "POST", std::string(kPath), json::serialize(inquiry(id))), 201)
        .text("inquiry_id");
  };
  const auto answer_there = [&](const std::string& id) {
    const std::string target = std::string(kStaffPath) + "/" + id + "/answer";
    w.send_well(w.bound_request(w.token(w.akari), "POST", target, R"({"text":"Yes."})"), 200);
  };
  const auto left = [&] {
    return w.send_well(w.account_request(device, "GET", std::string(kPath)), 200).json.at("inquiries").as_array();
  };
  const std::string answered = ask("inquiry-of-this-test-1"), open = ask("inquiry-of-this-test-2");
  answer_there(answered);
  w.clock.advance(kInquiryKeptAfterAnswer);
  must(w.app->purge_expired());
  CHECK(left().size() == 2);
  w.clock.advance(milliseconds(1));
  must(w.app->purge_expired());
  REQUIRE(left().size() == 1);
  CHECK(left()[0].as_object().at("inquiry_id") == json::Value(open));
  answer_there(open);  // whose it is was not forgotten
}

}  // namespace mibun::server
