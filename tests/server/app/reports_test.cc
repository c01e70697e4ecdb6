#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "tests/server/app/row.h"
#include "tests/server/world/registered_wallet.h"
#include "wallet/partner_report.h"

// A person reports an organisation: staff can read it, and the person sees that they did.
namespace mibun::server {
namespace {

constexpr std::string_view kPath = "/api/v1/reports";
constexpr std::string_view kStaffPath = "/api/v1/staff/reports";

json::Object report(std::string id = "report-of-this-test") {
  return {{"id", std::move(id)},          {"reason_code", "pressure"},
          {"client_id", "x509_hash:abc"}, {"organization", "むすび / Musubi"},
          {"on", "2026-11-28"},           {"text", "They said that I must.\nだめと言われた"}};
}

Reply send(Device& device, const json::Object& body) {
  return world().send(world().account_request(device, "POST", std::string(kPath), json::serialize(body)));
}

Reply as_staff(const std::string& target) {
  return world().send(world().bound_request(world().token(world().akari), "GET", target));
}

bool is_listed(const std::string& id) {
  const Reply reply = as_staff(std::string(kStaffPath));
  REQUIRE(reply.status() == 200);
  for (const json::Value& row : reply.json.at("reports").as_array()) {
    CHECK(row.as_object().size() == 2);  // nothing of what it says
    if (row.as_object().at("report_id") == json::Value(id)) return true;
  }
  return false;
}

std::vector<std::string> kinds(Device& device) {
  const Reply reply = world().send_well(world().account_request(device, "GET", "/api/v1/history"), 200);
  std::vector<std::string> all;
  for (const json::Value& event : reply.json.at("events").as_array()) {
    if (const json::Value* kind = event.as_object().if_contains("kind")) all.emplace_back(kind->as_string());
  }
  return all;
}

std::string all_bytes_of(const std::string& directory) {
  std::string all;
  for (const char* name : {"/mibun.db", "/mibun.db-wal"}) {
    std::ifstream in(directory + name, std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

}  // namespace

TEST_CASE("a report is kept once, sealed, listed without its words, and read with a trace in the person's history") {
  Device device = world().register_device();
  json::Object body = report();
  body["text"] = "a word that stands nowhere else: kanaria-in-a-report";
  const Reply kept = send(device, body);
  REQUIRE(kept.status() == 201);
  const std::string id = kept.text("report_id");
  CHECK(send(device, body).json == kept.json);
  const std::string bytes = all_bytes_of(world().data_directory());
  CHECK(bytes.find(id) != std::string::npos);
  CHECK(bytes.find("kanaria-in-a-report") == std::string::npos);
  CHECK(is_listed(id));
  CHECK(kinds(device) == std::vector<std::string>{"registered", "partner_reported"});

  const Reply opened = as_staff(std::string(kStaffPath) + "/" + id);
  REQUIRE(opened.status() == 200);
  for (const char* name : {"reason_code", "client_id", "organization", "on", "text"}) {
    CHECK(opened.json.at(name) == body.at(name));
  }
  CHECK_FALSE(opened.json.contains("account_id"));
  CHECK(kinds(device) == std::vector<std::string>{"registered", "partner_reported", "report_viewed"});
  CHECK(as_staff(std::string(kStaffPath) + "/" + std::string(kNoId)).status() == 404);
}

TEST_CASE("an id stands for reports of its own person only, and they go with the account") {
  Device one = world().register_device(), other = world().register_device();
  const std::string mine = send(one, report()).text("report_id"), theirs = send(other, report()).text("report_id");
  CHECK(mine != theirs);
  world().send_well(world().account_request(one, "DELETE", "/api/v1/account"), 200);
  CHECK_FALSE(is_listed(mine));
  CHECK(as_staff(std::string(kStaffPath) + "/" + mine).status() == 404);
  CHECK(is_listed(theirs));
}

TEST_CASE("what is no report is refused") {
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
    bool good;
  };
  const auto repeat = [](std::string_view one, std::size_t count) {
    std::string text;
    while (count-- > 0) text += one;
    return text;
  };
  const Row rows[] = {
      {"without words", [](auto& body) { body.erase("text"); }, true},
      {"a thousand characters", [&](auto& body) { body["text"] = repeat("字", 1000); }, true},
      {"one more", [&](auto& body) { body["text"] = repeat("字", 1001); }, false},
      {"a reason nobody knows", [](auto& body) { body["reason_code"] = "dislike"; }, false},
      {"a day that is none", [](auto& body) { body["on"] = "2026-02-30"; }, false},
      {"a terminal's escape", [](auto& body) { body["text"] = "\x1b[2J"; }, false},
      {"the same in one character", [](auto& body) { body["text"] = "\u009b2J"; }, false},
      {"a steering name", [](auto& body) { body["organization"] = "a\rb"; }, false},
      {"a steering client", [](auto& body) { body["client_id"] = "a\x7f"; }, false},
      {"a long name", [&](auto& body) { body["organization"] = repeat("x", 1025); }, false},
      {"a short id", [](auto& body) { body["id"] = "123456789012345"; }, false},
      {"an id with a dot", [](auto& body) { body["id"] = "report.of.this.test"; }, false},
  };
  Device device = world().register_device();
  int number = 0;
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object body = report("report-of-this-test-" + std::to_string(++number));
    row.change(body);
    const Reply reply = send(device, body);
    CHECK(reply.status() == (row.good ? 201 : 400));
    CHECK(reply.code() == (row.good ? "" : "request_malformed"));
  }
}

TEST_CASE("our wallet reports whom it met, once for the same words") {
  RegisteredWallet own;
  const wallet::HistoryEvent met{.id = "e1",
                                 .at = own.device.clock.now(),
                                 .kind = "refused",
                                 .partner_ja = "むすび",
                                 .partner_en = "Musubi",
                                 .client_id = "x509_hash:abc"};
  const auto tell = [&](std::string_view text) {
    return wallet::report_partner(own.api, own.profile, met, "looks_fake", text);
  };
  must(tell("first"));
  must(tell("first"));
  must(tell("second"));
  own.account.counter = own.profile.counter;
  const auto seen = kinds(own.account);
  CHECK(std::ranges::count(seen, "partner_reported") == 2);
  CHECK(code_of(wallet::report_partner(own.api, own.profile, {.id = "e2", .kind = "registered"}, "other", "")) ==
        ErrorCode::invalid_argument);
}

}  // namespace mibun::server
