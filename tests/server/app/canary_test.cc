#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/codecs/base64url.h"
#include "platform/log/log.h"
#include "tests/server/app/moving_world.h"
#include "tests/server/world/own_world.h"
#include "tests/server/world/reviewing.h"

// Promise WP-08a: what a person says about themselves stands in no file of the server in a form that the file alone
// tells, whichever field it came in by.
namespace mibun::server {
namespace {

namespace fs = std::filesystem;

std::string to_utf16(std::string_view ascii, bool big) {
  std::string out;
  for (const char c : ascii) out.append(big ? std::string{'\0', c} : std::string{c, '\0'});
  return out;
}

// Base64 of the text wherever it begins within three bytes, without the characters that its neighbours change.
std::vector<std::string> base64_forms(std::string_view text) {
  std::vector<std::string> forms;
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string padded = std::string(before, 'x') + std::string(text);
    const std::string encoded = base64url::encode(as_bytes(padded));
    const std::size_t from = before == 0 ? 0 : before + 1;
    const std::string inner = encoded.substr(from, padded.size() / 3 * 4 - from);
    forms.push_back(inner);
    std::string standard = inner;
    for (char& c : standard) c = c == '-' ? '+' : c == '_' ? '/' : c;
    if (standard != inner) forms.push_back(standard);
  }
  return forms;
}

std::vector<std::string> forms_of(const std::string& text) {
  std::vector<std::string> forms{text, hex::encode(as_bytes(text)), to_utf16(text, false), to_utf16(text, true)};
  for (std::string& form : base64_forms(text)) forms.push_back(std::move(form));
  for (std::size_t at = 0; at + 16 < text.size(); ++at) forms.push_back(text.substr(at, 16));
  return forms;
}

// "<file>: <which>" for each canary that some file below the folder tells in some form.
std::vector<std::string> search(const fs::path& folder, const std::map<std::string, std::string>& canaries) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    for (const auto& [name, canary] : canaries) {
      for (const std::string& form : forms_of(canary)) {
        if (content.find(form) == std::string::npos) continue;
        found.push_back(entry.path().filename().string() + ": " + name);
        break;
      }
    }
  }
  return found;
}

// 40 characters that nobody else ever writes.
std::string new_canary(TestWorld& w) {
  return "canary" + hex::encode(w.rng.bytes(17));
}

}  // namespace

TEST_CASE("a canary in each field of a person's: in no file of the server, in no form") {
  TestWorld& w = world();
  std::map<std::string, std::string> canaries;
  const auto plant = [&](const char* field) { return canaries[field] = new_canary(w); };
  std::size_t value = 0;
  for (const std::string& text : w.claim_values()) canaries["passport " + std::to_string(value++)] = text;

  Device device = w.register_device();
  // Photos, and an appeal.
  Photos photos;
  for (const char* name : {kDocument, kSelfie}) {
    Bytes jpeg = both_photos().at(name);
    const std::string canary = plant(name);
    jpeg.insert(jpeg.end() - 2, canary.begin(), canary.end());  // in the picture's data, before its end
    photos.emplace(name, std::move(jpeg));
  }
  const std::string case_id = w.open_case(device);
  REQUIRE(submit_with(w, device, case_id, photos).status() == 202);
  REQUIRE(staff_view(w, case_id).status() == 200);
  REQUIRE(reject_by(w, w.akari, case_id).status() == 200);
  REQUIRE(appeal(w, device, case_id, plant("appeal")).status() == 202);

  // What the person writes to the operator, and what is answered.
  const auto post = [&](Device& who, const char* path, const json::Object& body, int status) {
    return w.send_well(w.account_request(who, "POST", path, json::serialize(body)), status);
  };
  post(device, "/api/v1/reports",
       {{"id", "report-with-a-canary"},
        {"reason_code", "pressure"},
        {"client_id", "x509_hash:" + plant("report: who")},
        {"organization", plant("report: organization")},
        {"on", "2026-11-28"},
        {"text", plant("report: text")}},
       201);
  const std::string inquiry =
      post(device, "/api/v1/inquiries",
           {{"id", "inquiry-with-a-canary"}, {"kind", "card"}, {"text", plant("inquiry")}, {"country_agreed", "US"}},
           201)
          .text("inquiry_id");
  w.send_well(w.bound_request(w.token(w.akari), "POST", "/api/v1/staff/inquiries/" + inquiry + "/answer",
                              json::serialize(json::Object{{"text", plant("answer")}})),
              200);

  // Where the person's browser is told.
  w.send_well(
      w.account_request(device, "PUT", "/api/v1/push-subscription",
                        json::serialize(json::Object{
                            {"endpoint", "https://push.example/" + plant("push address")},
                            {"p256dh", base64url::encode(crypto::P256PrivateKey::generate().public_key().point())},
                            {"auth", base64url::encode(Bytes(16, 3))}})),
      204);

  // Shared with a partner, who has not fetched it yet.
  w.answered();

  // A wallet that moves, with what it calls itself.
  Move move;
  move.begin();
  step(move.fresh.steps, "open_move", move.link_argument());
  step(move.fresh.steps, "join_move", json::serialize(json::Object{{"name", plant("device").substr(0, 30)}}));
  canaries["device"] = canaries["device"].substr(0, 30);

  log::flush();
  CHECK(search(w.directory_.path(), canaries) == std::vector<std::string>());
  CHECK(canaries.size() >= 14);

  // And the search does find what is there: what is told to everybody stands in the clear.
  const std::string open = new_canary(w);
  w.send_well(w.bound_request(w.token(w.akari), "POST", "/api/v1/staff/public-notices",
                              json::serialize(json::Object{{"kind", "incident"}, {"ja", open}, {"en", open}})),
              201);
  CHECK_FALSE(search(w.directory_.path(), {{"notice", open}}).empty());
}

TEST_CASE("with the account its files go at once, from both directories") {
  TestWorld& w = world();
  const auto count = [&](const char* place) {
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(w.data_directory() + "/files/" + place)) {
      files += entry.is_regular_file() ? 1 : 0;
    }
    return files;
  };
  const std::size_t before_a = count("a"), before_b = count("b");
  Device device = w.register_device();
  case_with_photos(w, device);
  const std::size_t handed_in = w.chip_files().size() + 2;
  CHECK(count("a") == before_a + handed_in);
  CHECK(count("b") == before_b + handed_in);
  w.send_well(w.account_request(device, "DELETE", "/api/v1/account"), 200);
  CHECK(count("a") == before_a);
  CHECK(count("b") == before_b);
}

TEST_CASE("files that were changed under the running server: nobody notices, and the scrub heals each") {
  TestWorld& w = world();
  Device device = w.register_device();
  const std::string case_id = case_with_photos(w, device);
  std::size_t planted = 0, number = 0;
  for (const auto& entry : fs::recursive_directory_iterator(w.data_directory() + "/files/a")) {
    if (!entry.is_regular_file() || entry.path().filename() == "mibun-files") continue;
    std::string path = entry.path().string();
    if (number++ % 2 == 1) path.replace(path.find("/files/a/"), 9, "/files/b/");
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    const auto place = static_cast<std::streamoff>((number * 37) % fs::file_size(path));
    file.seekg(place);
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(place);
    file.put(byte);
    planted += file.good() ? 1 : 0;
  }
  CHECK(planted >= w.chip_files().size() + 2);
  const Reply shown = staff_view(w, case_id);
  REQUIRE(shown.status() == 200);
  CHECK(shown.json.at("photos").as_object() == encoded(both_photos()));
  const auto scrubbed = must(w.app->scrub_files());
  CHECK(scrubbed.lost.empty());
  CHECK(scrubbed.healed >= planted - 3);  // the view had healed those that it read
  CHECK(scrubbed.healed <= planted);
  CHECK(must(w.app->scrub_files()).healed == 0);
}

TEST_CASE("a file that is lost stands in readiness and metrics, and its person reads it in their wallet") {
  OwnWorld w;
  Device device = w.register_device();
  case_with_photos(w, device);
  CHECK(w.send_well({.target = "/readyz"}, 200).text("files") == "ok");
  std::vector<fs::path> copies;
  for (const auto& entry : fs::recursive_directory_iterator(w.data_directory() + "/files")) {
    if (entry.is_regular_file() && entry.path().filename() != "mibun-files") copies.push_back(entry.path());
  }
  const std::string one = copies.at(0).filename();
  for (const fs::path& copy : copies) {
    if (copy.filename() == one) fs::remove(copy);
  }
  CHECK(must(w.app->scrub_files()).lost == std::vector<std::string>{one});
  const Reply ready = w.send_well({.target = "/readyz"}, 200);
  CHECK(ready.text("files") == "lost");
  CHECK(ready.json.at("files_lost").as_int64() == 1);
  CHECK(w.send({.target = "/metrics"}).response.body.find("files_lost\"} 1") != std::string::npos);
  w.clock.advance(std::chrono::minutes(61));
  must(w.app->scrub_files());
  const Reply notices = w.send_well(w.account_request(device, "GET", "/api/v1/notices"), 200);
  CHECK(notices.json.at("notices").at(0).at("kind") == "file_lost");
  const Reply history = w.send_well(w.account_request(device, "GET", "/api/v1/history"), 200);
  CHECK(history.response.body.find("\"file_lost\"") != std::string::npos);
}

TEST_CASE("the search finds each form that it looks for") {
  const std::string canary = "canary0123456789abcdef0123456789abcdef01";
  for (const std::string& form : forms_of(canary)) {
    const TempDir folder;
    folder.write("planted", "before " + form + " after");
    CHECK_FALSE(search(folder.path(), {{"one", canary}}).empty());
  }
  for (std::size_t before = 0; before < 3; ++before) {
    const TempDir folder;
    folder.write("planted", base64url::encode(as_bytes(std::string(before, 'a') + canary + "and more")));
    CHECK_FALSE(search(folder.path(), {{"one", canary}}).empty());
  }
  const TempDir folder;
  folder.write("planted", "something else altogether, and long enough");
  CHECK(search(folder.path(), {{"one", canary}}).empty());
}

}  // namespace mibun::server
