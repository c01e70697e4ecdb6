#include "tests/server/world/times.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/server/world/own_world.h"

// Promise WP-12a: every time that is shown or exported is one in Japan and says so. TestWorld::send looks at every
// answer of every test; here, that it can see, and that the person's own answers were all looked at.
namespace mibun::server {
namespace {

std::size_t times_in(const json::Value& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) count += times_in(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const json::Value& element : *array) count += times_in(element);
  } else if (const auto* text = value.if_string()) {
    count += text->ends_with("+09:00") ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("times of another shape, zone or kind are seen wherever they stand") {
  const auto wrong = [](const char* text) { return wrong_time_in(must(json::parse(text))).has_value(); };
  for (const char* text :
       {R"({"at":"2026-11-23T03:00:00Z"})", R"({"a":[{"b":"2026-11-23T12:00:00+0900"}]})", R"(["2026-11-23 12:00:00"])",
        R"({"at":"2026-11-23T12:00:00"})", R"({"at":"2026-11-23T12:00:00-09:00"})", R"({"at":"20261123T120000+09:00"})",
        R"({"at":"2026-11-23T12:00+09:00"})", R"({"at":1795402800})", R"({"at":1795402800123})",
        R"({"at":"2026-11-23T12:00:00.1234567891+09:00"})"}) {
    CAPTURE(text);
    CHECK(wrong(text));
  }
  for (const char* text :
       {R"({"at":"2026-11-23T12:00:00+09:00"})", R"({"at":"2026-11-23T12:00:00.123+09:00"})", R"({"on":"2026-11-23"})",
        R"({"timeout":60000,"size":10485760})", R"({"number":"TR5520917","at":null})"}) {
    CAPTURE(text);
    CHECK_FALSE(wrong(text));
  }
}

TEST_CASE("all that is the person's own, and what the staff sees, says its times in Japan") {
  OwnWorld w;
  Device device = w.register_device();
  const std::string case_id = w.approve(device);
  const std::string report =
      R"({"id":"AAAAAAAAAAAAAAAAAAAAAA","reason_code":"other","client_id":"shop.example","organization":"Shop","on":"2026-11-23","text":"?"})";
  w.send_well(w.account_request(device, "POST", "/api/v1/reports", report), 201);
  w.send_well(w.account_request(device, "POST", "/api/v1/inquiries",
                                R"({"id":"inquiry-of-this-test","kind":"card","text":"?","country_agreed":"US"})"),
              201);
  const BoundToken akari = w.token(w.akari);
  w.send_well(w.bound_request(akari, "POST", "/api/v1/staff/public-notices",
                              R"({"kind":"maintenance","ja":"本日","en":"today","until":"2026-12-01T00:00:00+09:00"})"),
              201);
  struct Row {
    const char* target;
    std::size_t at_least;
  };
  for (const Row& row : {Row{"/api/v1/account", 1}, Row{"/api/v1/account/devices", 1}, Row{"/api/v1/history", 5},
                         Row{"/api/v1/notices", 1}, Row{"/api/v1/inquiries", 1}}) {
    CAPTURE(row.target);
    CHECK(times_in(json::Value(w.send_well(w.account_request(device, "GET", row.target), 200).json)) >= row.at_least);
  }
  CHECK(times_in(json::Value(
            w.send_well(w.account_request(device, "GET", "/api/v1/proofing/cases/" + case_id), 200).json)) >= 1);
  for (const Row& row : {Row{"/api/v1/staff/public-notices", 2}, Row{"/api/v1/staff/reports", 1},
                         Row{"/api/v1/staff/inquiries", 1}, Row{"/api/v1/staff/partners", 1}}) {
    CAPTURE(row.target);
    CHECK(times_in(json::Value(w.send_well(w.bound_request(akari, "GET", row.target), 200).json)) >= row.at_least);
  }
  CHECK(times_in(json::Value(w.send_well({.target = "/api/v1/public-notices"}, 200).json)) >= 2);
}

TEST_CASE("nothing but what specifications fix writes a time in another way") {
  // Protocol times, decision 0050.
  const std::set<std::string> allowed = {
      "core/base/time.cc",
      "core/base/time.h",
      "core/mdoc/element_value.cc",      // tdate, RFC 3339 in UTC: ISO/IEC 18013-5, 7.2.1
      "platform/http/response_text.cc",  // Date, IMF-fixdate: RFC 9110, 5.6.7
      "platform/restic/restic.cc",       // --time of restic, which runs in UTC; nobody is shown it
  };
  const std::filesystem::path root = std::filesystem::path(MIBUN_VECTORS) / "../..";
  std::size_t read = 0;
  for (const char* floor : {"core", "platform", "server", "wallet", "cli"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / floor)) {
      if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      const std::string name = std::filesystem::relative(entry.path(), root).string();
      ++read;
      CAPTURE(name);
      for (const char* way : {"to_utc_string", "strftime", "put_time", "gmtime", "localtime", "std::format(\"{:%"}) {
        if (text.find(way) != std::string::npos) CHECK(allowed.contains(name));
      }
    }
  }
  CHECK(read > 400);
}

}  // namespace mibun::server
