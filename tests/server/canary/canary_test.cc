#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "core/codecs/base64url.h"
#include "core/crypto/aead.h"
#include "platform/files/files.h"
#include "platform/keyd/binding.h"
#include "platform/keyd/embedded_key_holder.h"
#include "platform/keyd/key_table.h"
#include "tests/server/canary/places.h"
#include "tests/server/canary/scanner.h"
#include "tests/server/crash/left.h"
#include "tests/server/killed/stage.h"
#include "tests/server/world/reviewing.h"

// People with canaries in every text and file that the server takes of them; some delete their accounts. Nowhere on the
// disk is there a canary, of the living neither, and an old copy of the key table opens nothing of the erased.
namespace mibun::server {
namespace {

constexpr int kPeople = 6;  // every second one goes, the last of them too: what is freed last lies about longest

struct Planted {
  Device device;
  std::string name, canary_text;
  Bytes canary;
  std::string case_id;
};

void post(TestWorld& w, Device& device, const char* path, const json::Object& body, int status = 201) {
  w.send_well(w.account_request(device, "POST", path, json::serialize(body)), status);
}

// A photo whose scan is the canary.
Bytes photo_of(const Planted& person, std::uint8_t filler) {
  Bytes photo = TestJpeg{.filler = filler}.bytes();
  const Bytes run(person.canary.size(), filler);
  const auto scan = std::ranges::search(photo, run);
  std::ranges::copy(person.canary, scan.begin());
  return photo;
}

Planted plant(TestWorld& w, int number, CanaryScanner& scanner) {
  Planted person{.device = w.register_device(),
                 .name = (number % 2 == 1 ? "erased " : "living ") + std::to_string(number),
                 .canary_text = {},
                 .canary = w.rng.bytes(32),
                 .case_id = {}};
  std::ranges::replace(person.canary, std::uint8_t{0xff}, std::uint8_t{0x7f});  // no marker inside a photo
  person.canary_text = base64url::encode(person.canary);
  scanner.add(person.name, person.canary);
  const std::string id = base64url::encode(w.rng.bytes(16));
  post(w, person.device, "/api/v1/inquiries",
       {{"id", "inquiry-" + id}, {"kind", "card"}, {"text", "問い " + person.canary_text}, {"country_agreed", "US"}});
  post(w, person.device, "/api/v1/reports",
       {{"id", "report-" + id},
        {"reason_code", "pressure"},
        {"client_id", "x509_hash:abc"},
        {"organization", person.canary_text},
        {"on", "2026-11-28"},
        {"text", "They said " + person.canary_text}});
  post(w, person.device, "/api/v1/history", {{"sealed", "a.b.c.d." + person.canary_text}});
  const json::Object subscription{
      {"endpoint", "https://push.example/" + person.canary_text},
      {"p256dh", base64url::encode(crypto::P256PrivateKey::generate().public_key().point())},
      {"auth", base64url::encode(Bytes(person.canary.begin(), person.canary.begin() + 16))}};
  w.send_well(w.account_request(person.device, "PUT", "/api/v1/push-subscription", json::serialize(subscription)), 204);
  person.case_id = w.open_case(person.device);
  const Photos photos{{kDocument, photo_of(person, 1)}, {kSelfie, photo_of(person, 2)}};
  REQUIRE(submit_with(w, person.device, person.case_id, photos).status() == 202);
  if (number >= 2) {  // whose photos are decided about are deleted; two stay under review
    REQUIRE(reject_by(w, w.akari, person.case_id).status() == 200);
    REQUIRE(appeal(w, person.device, person.case_id, "異議 " + person.canary_text).status() == 202);
  }
  return person;
}

using Hits = std::map<std::string, std::map<std::string, std::size_t>>;  // place, whose

Hits look_at_disk(const CanaryScanner& scanner, const std::string& folder) {
  Hits hits;
  visit_files(folder, [&](const Place& place) {
    if (const auto found = scanner.scan(place.content); !found.empty()) hits[place.name] = found;
  });
  return hits;
}

std::string in_words(const Hits& hits) {
  std::string text;
  for (const auto& [place, found] : hits) {
    for (const auto& [whose, count] : found) text += place + ": " + whose + " x" + std::to_string(count) + "; ";
  }
  return text;
}

// "erased": so many, "living": so many, by place.
Hits look_at_memory(const CanaryScanner& scanner, pid_t process) {
  Hits hits;
  visit_memory(process, [&](const Place& place) {
    for (const auto& [whose, count] : scanner.scan(place.content)) hits[place.name][whose.substr(0, 6)] += count;
  });
  return hits;
}

// Measured and told; what holds is said in docs/threat_model.md.
void tell_of_memory(const CanaryScanner& scanner, const ServerProcess& server, const char* when) {
  const Hits hits = look_at_memory(scanner, server.pid());
  MESSAGE("in the server's memory ", std::string(when), ": ", hits.empty() ? "nothing" : in_words(hits));
}

void check_that_the_living_have_everything(TestWorld& w, const std::vector<Planted>& people) {
  for (Planted person : people) {
    if (person.name.starts_with("erased")) continue;
    const auto answer = [&](const char* path) {
      return w.send_well(w.account_request(person.device, "GET", path), 200).response.body;
    };
    CHECK(answer("/api/v1/inquiries").find(person.canary_text) != std::string::npos);
    CHECK(answer("/api/v1/history").find(person.canary_text) != std::string::npos);
    CHECK(own_view(w, person.device, person.case_id).status() == 200);
  }
}

// Whether any key of a stolen table opens with a key file of today, under the binding of any epoch.
int keys_that_open(const std::string& stolen, const std::string& epoch_file) {
  const SecretBytes file = must(files::read_secret_file(epoch_file, 200));
  const BytesView epoch_key = file.reveal().subspan(24, 32);
  const auto table = must(keyd::key_table::open(stolen));
  std::vector<keyd::key_table::WrappedKey> keys;
  must(table->read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(keys, keyd::key_table::all(transaction));
    return {};
  }));
  REQUIRE(keys.size() > kPeople);
  int opened = 0;
  for (const auto& key : keys) {
    for (const std::int64_t epoch : {1, 2, 3}) {
      opened += crypto::open_record(epoch_key, keyd::key_binding(key.purpose, key.name, epoch), key.wrapped) ? 1 : 0;
    }
  }
  return opened;
}

}  // namespace

TEST_CASE("the scanner sees a canary in each form, each window of 16 bytes, and nothing else") {
  crypto::SystemRng rng;
  const Bytes canary = rng.bytes(32);
  CanaryScanner scanner;
  scanner.add("somebody", canary);
  const auto sees = [&](const Bytes& bytes) { return !scanner.scan(bytes).empty(); };
  for (std::size_t at = 0; at + 16 <= canary.size(); ++at) {
    Bytes around = rng.bytes(100);
    CHECK(!sees(around));
    around.insert(around.begin() + 41, canary.begin() + static_cast<std::ptrdiff_t>(at),
                  canary.begin() + static_cast<std::ptrdiff_t>(at) + 16);
    CHECK(sees(around));
  }
  for (std::size_t before = 0; before < 5; ++before) {
    Bytes longer = rng.bytes(before);
    longer.insert(longer.end(), canary.begin(), canary.end());
    longer.push_back(9);
    CHECK(sees(to_bytes(base64url::encode(longer))));
    CHECK(sees(to_bytes(base64::encode(longer))));
    CHECK(sees(to_bytes(hex::encode(longer))));
  }
  CHECK(!sees(Bytes(canary.begin(), canary.begin() + 7)));
}

TEST_CASE("a canary of somebody erased is nowhere on the disk, one of the living neither, and old keys open nothing") {
  Stage stage;
  const Left data{stage.new_data("canary/data")};
  const std::string stolen = stage.world().directory_.file("stolen");
  TestWorld& w = stage.world();
  CanaryScanner scanner;
  std::vector<Planted> people;
  {
    ServerProcess server(data.directory, stage.config_file(), {});
    REQUIRE(server.is_ready());
    stage.talk_to(server, data.directory);
    for (int number = 0; number < kPeople; ++number) people.push_back(plant(w, number, scanner));
    CHECK(in_words(look_at_disk(scanner, data.directory)) == "");
    tell_of_memory(scanner, server, "before the deletion");
    std::filesystem::copy(data.directory + "/keyd", stolen, std::filesystem::copy_options::recursive);
    for (Planted& person : people) {
      if (person.name.starts_with("living")) continue;
      w.send_well(w.account_request(person.device, "DELETE", "/api/v1/account"), 200);
    }
    tell_of_memory(scanner, server, "right after the deletion");
    CHECK(in_words(look_at_disk(scanner, data.directory)) == "");
    check_that_the_living_have_everything(w, people);
    CHECK(in_words(look_at_disk(scanner, data.directory)) == "");
    tell_of_memory(scanner, server, "after others were served");
    CHECK(server.stop() == 0);
  }
  CHECK(in_words(look_at_disk(scanner, data.directory)) == "");

  const std::string keyd = data.directory + "/keyd";
  CHECK(keys_that_open(stolen, stolen + "/epoch-1.key") >
        kPeople);  // what a thief of that day has, until the epoch ends
  crypto::SystemRng rng;
  must(must(keyd::EmbeddedKeyHolder::open(keyd, rng))->rotate_epoch());
  CHECK(keys_that_open(stolen, keyd + "/epoch-2.key") == 0);
}

}  // namespace mibun::server
