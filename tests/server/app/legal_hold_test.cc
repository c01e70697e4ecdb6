#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/jose/jws.h"
#include "core/receipt/receipt.h"
#include "platform/database/backup.h"
#include "platform/files/files.h"
#include "server/legal_hold/envelope.h"
#include "server/migrations/migrations.h"
#include "tests/server/world/own_world.h"
#include "wallet/labels.h"

// Erasing a person of whom a law keeps something (decision 0052).
namespace mibun::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLaw = "犯罪による収益の移転防止に関する法律";

struct Vault {
  Vault() {
    world.config.staff.push_back({"clerk-nagi", "clerk-nagi", nagi.key->public_key()});
    world.config.legal_hold = config();
    reopen();
  }
  LegalHoldConfig config() const {
    return {.duties = {{.id = "proceeds-6-2",
                        .law = kLaw,
                        .article = "第6条第2項",
                        .controller = "むすび商店",
                        .fields = {"family_name", "given_name", "birthdate", "method", "proven_at", "shoe_size"},
                        .years = 7,
                        .from = {2026, 4, 1},
                        .until = CalendarDate{2033, 3, 31}}},
            .keys = {{"reviewer-akari", akari_key.public_key()},
                     {"reviewer-minoru", minoru_key.public_key()},
                     {"reviewer-sora", sora_key.public_key()}}};
  }
  void reopen() {
    world.app.reset();
    world.app = must(App::open(world.config, world.clock, world.rng));
  }
  Reply get(const Program& who, const std::string& target) {
    return world.send(world.bound_request(world.token(who), "GET", target));
  }
  Reply post(const Program& who, const std::string& target, const json::Object& body = {}) {
    return world.send(world.bound_request(world.token(who), "POST", target, json::serialize(body)));
  }

  // Somebody with an approved case goes; the receipt's classes.
  json::Array erase(Device& device) {
    const Reply erased = world.send_well(world.account_request(device, "DELETE", "/api/v1/account"), 200);
    receipt = erased.text("receipt");
    return must(must(jose::Jws::parse(std::string_view(receipt))).unverified_payload()).at("classes").as_array();
  }
  json::Array erase_proven() {
    Device device = world.register_device();
    world.approve(device);
    erased_account = device.account_id;
    return erase(device);
  }
  std::string hold_id() {
    const Reply holds = get(world.akari, "/api/v1/staff/legal-holds");
    const json::Array& rows = holds.json.at("holds").as_array();
    REQUIRE(rows.size() == 1);
    return std::string(rows[0].at("hold_id").as_string());
  }
  json::Object order(std::initializer_list<const char*> fields) const {
    json::Array names;
    for (const char* field : fields) names.push_back(json::Value(field));
    return {{"case_number", "令和8年第12号"},
            {"authority", "警視庁"},
            {"article", "刑事訴訟法第218条"},
            {"fields", std::move(names)}};
  }
  std::string opening(const Program& who, std::initializer_list<const char*> fields) {
    const Reply asked = post(who, "/api/v1/staff/legal-holds/" + hold_id() + "/openings", order(fields));
    REQUIRE(asked.status() == 201);
    return "/api/v1/staff/legal-hold-openings/" + asked.text("opening_id");
  }
  json::Object peel(const json::Object& envelopes, const crypto::P256PrivateKey& key) const {
    json::Object halves;
    for (const auto& member : envelopes) {
      halves[member.key()] = must(legal_hold::open_outer(std::string_view(member.value().as_string()), key));
    }
    return halves;
  }

  OwnWorld world;
  crypto::P256PrivateKey akari_key = crypto::P256PrivateKey::generate();
  crypto::P256PrivateKey minoru_key = crypto::P256PrivateKey::generate();
  crypto::P256PrivateKey sora_key = crypto::P256PrivateKey::generate();
  Program nagi = world.new_program("clerk-nagi");  // of the staff, without a vault key
  std::string receipt, erased_account;
};

// The database as it was, put back by hand below a server that does not run.
void put_back(Vault& v, const std::string& old_database) {
  v.world.app.reset();
  const std::string path = v.world.data_directory() + "/mibun.db";
  fs::remove(path + "-wal");
  fs::remove(path + "-shm");
  fs::copy_file(old_database, path, fs::copy_options::overwrite_existing);
}

std::vector<std::string> files_in(const std::string& folder) {
  return must(files::list_directory(folder));
}

std::size_t hold_count(Vault& v) {
  return v.get(v.world.akari, "/api/v1/staff/legal-holds").json.at("holds").as_array().size();
}

// What two people read of a hold's family name.
json::Value read_by_two(Vault& v) {
  const std::string opening = v.opening(v.world.akari, {"family_name"});
  CHECK(v.post(v.world.minoru, opening + "/approval").status() == 200);
  const Reply envelopes = v.get(v.world.akari, opening + "/envelopes");
  const json::Object halves = v.peel(envelopes.json.at("fields").as_object(), v.akari_key);
  CHECK(v.post(v.world.akari, opening + "/halves", {{"fields", halves}}).status() == 200);
  const Reply read = v.post(v.world.minoru, opening + "/reading");
  return must(legal_hold::open_inner(std::string_view(read.json.at("fields").at("family_name").as_string()),
                                     v.minoru_key, v.hold_id(), "family_name"));
}

std::vector<std::string> texts(const json::Value& array) {
  std::vector<std::string> found;
  for (const json::Value& value : array.as_array()) found.emplace_back(value.as_string());
  return found;
}

}  // namespace

TEST_CASE("the receipt names what a law keeps, and the vault has exactly the duty's fields") {
  Vault v;
  const json::Array classes = v.erase_proven();
  std::size_t kept = 0;
  for (const json::Value& one : classes) {
    if (one.at("outcome") == "erased") continue;
    ++kept;
    CHECK(one.at("class") == "kept by law");
    CHECK(one.at("law") == kLaw);
    CHECK(one.at("article") == "第6条第2項");
    CHECK(one.at("controller") == "むすび商店");
    CHECK(one.at("until") == "2033-11-23");
  }
  CHECK(kept == 1);
  const wallet::Label label = wallet::data_class_label("kept by law");
  CHECK(label.ja != "kept by law");
  CHECK(label.en != "kept by law");
  const Reply holds = v.get(v.world.akari, "/api/v1/staff/legal-holds");
  const json::Array& rows = holds.json.at("holds").as_array();
  REQUIRE(rows.size() == 1);
  // What the case did not prove is not there, and nothing that the duty does not name.
  CHECK(texts(rows[0].at("fields")) ==
        std::vector<std::string>{"birthdate", "family_name", "given_name", "method", "proven_at"});
  CHECK(rows[0].at("until") == "2033-11-23");
  for (const std::string& value : v.world.claim_values()) {
    CHECK(holds.response.body.find(value) == std::string::npos);
  }
}

TEST_CASE("nothing is kept without a duty, without a proven identity, or outside of the duty's time") {
  Vault v;
  Device unproven = v.world.register_device();
  for (const json::Value& one : v.erase(unproven)) CHECK(one.at("outcome") == "erased");
  for (const auto& [from, until] : {std::pair{CalendarDate{2026, 11, 24}, std::optional<CalendarDate>()},
                                    std::pair{CalendarDate{2020, 1, 1}, std::optional(CalendarDate{2026, 11, 22})}}) {
    v.world.config.legal_hold.duties[0].from = from;
    v.world.config.legal_hold.duties[0].until = until;
    v.reopen();
    for (const json::Value& one : v.erase_proven()) CHECK(one.at("outcome") == "erased");
  }
  v.world.config.legal_hold = {};
  v.reopen();
  for (const json::Value& one : v.erase_proven()) CHECK(one.at("outcome") == "erased");
  CHECK(v.get(v.world.akari, "/api/v1/staff/legal-holds").json.at("holds").as_array().empty());
}

TEST_CASE("two people with two keys read the named fields, and nothing else") {
  Vault v;
  v.erase_proven();
  const std::string opening = v.opening(v.world.akari, {"family_name", "birthdate"});
  CHECK(v.post(v.world.minoru, opening + "/approval").status() == 200);
  const Reply envelopes = v.get(v.world.akari, opening + "/envelopes");
  REQUIRE(envelopes.status() == 200);
  const json::Object halves = v.peel(envelopes.json.at("fields").as_object(), v.akari_key);
  CHECK(halves.size() == 2);
  CHECK(v.post(v.world.akari, opening + "/halves", {{"fields", halves}}).status() == 200);
  const Reply read = v.post(v.world.minoru, opening + "/reading");
  REQUIRE(read.status() == 200);
  const std::string hold = v.hold_id();
  const json::Object& fields = read.json.at("fields").as_object();
  const std::string_view family(fields.at("family_name").as_string());
  CHECK(must(legal_hold::open_inner(family, v.minoru_key, hold, "family_name")) == "TAKAMORI");
  CHECK(must(legal_hold::open_inner(std::string_view(fields.at("birthdate").as_string()), v.minoru_key, hold,
                                    "birthdate")) == "1991-04-17");
  // One envelope does not pass for another, and the first of the two reads nothing alone.
  CHECK_FALSE(legal_hold::open_inner(family, v.minoru_key, hold, "birthdate"));
  CHECK_FALSE(legal_hold::open_inner(family, v.minoru_key, "another", "family_name"));
  CHECK_FALSE(legal_hold::open_inner(family, v.akari_key, hold, "family_name"));
  // It was read once; what the first opened is gone from here.
  CHECK(v.post(v.world.minoru, opening + "/reading").status() == 403);
  CHECK(v.get(v.world.akari, opening + "/envelopes").status() == 403);
  const Reply record = v.get(v.world.sora, opening);
  CHECK(record.text("requested_by") == "reviewer-akari");
  CHECK(record.text("approved_by") == "reviewer-minoru");
  CHECK(record.text("case_number") == "令和8年第12号");
  CHECK(record.json.contains("read_at"));
}

TEST_CASE("whoever asks second may be the first of the two keys") {
  Vault v;
  v.erase_proven();
  const std::string opening = v.opening(v.world.sora, {"given_name"});
  CHECK(v.post(v.world.akari, opening + "/approval").text("first_person") == "reviewer-akari");
  const Reply envelopes = v.get(v.world.akari, opening + "/envelopes");
  const json::Object halves = v.peel(envelopes.json.at("fields").as_object(), v.akari_key);
  CHECK(v.post(v.world.akari, opening + "/halves", {{"fields", halves}}).status() == 200);
  const Reply read = v.post(v.world.sora, opening + "/reading");
  CHECK(must(legal_hold::open_inner(std::string_view(read.json.at("fields").at("given_name").as_string()), v.sora_key,
                                    v.hold_id(), "given_name")) == "HARUKA");
}

TEST_CASE("one person is not two, a stranger is neither, and a field that is not named stays shut") {
  Vault v;
  v.erase_proven();
  const std::string opening = v.opening(v.world.akari, {"family_name"});
  // One approver: 403.
  CHECK(v.get(v.world.akari, opening + "/envelopes").code() == "legal_hold_not_approved");
  CHECK(v.get(v.world.akari, opening + "/envelopes").status() == 403);
  CHECK(v.post(v.world.akari, opening + "/halves", {{"fields", json::Object{{"family_name", "x"}}}}).status() == 403);
  CHECK(v.post(v.world.akari, opening + "/reading").status() == 403);
  CHECK(v.post(v.world.minoru, opening + "/reading").status() == 403);
  // The same person twice: 409.
  const Reply same = v.post(v.world.akari, opening + "/approval");
  CHECK(same.status() == 409);
  CHECK(same.code() == "legal_hold_same_person");
  // Of the staff, without a key of the vault.
  CHECK(v.post(v.nagi, opening + "/approval").status() == 403);
  CHECK(v.post(v.nagi, "/api/v1/staff/legal-holds/" + v.hold_id() + "/openings", v.order({"family_name"})).status() ==
        403);
  // No partner, and nobody without a token.
  CHECK(v.get(v.world.shop, "/api/v1/staff/legal-holds").status() == 403);
  CHECK(v.world.send({.target = "/api/v1/staff/legal-holds"}).status() == 401);
  // Fields that are not on hold.
  for (const char* field : {"document_number", "shoe_size", "Family_name", "%"}) {
    CAPTURE(field);
    const Reply extra = v.post(v.world.akari, "/api/v1/staff/legal-holds/" + v.hold_id() + "/openings",
                               v.order({"family_name", field}));
    CHECK(extra.status() == 403);
    CHECK(extra.code() == "legal_hold_not_approved");
  }
  CHECK(v.post(v.world.minoru, opening + "/approval").status() == 200);
  CHECK(v.post(v.world.minoru, opening + "/approval").status() == 200);  // again: nothing changes
  CHECK(v.post(v.world.sora, opening + "/approval").status() == 403);    // a third has no part in it
  CHECK(v.get(v.world.sora, opening + "/envelopes").status() == 403);
  CHECK(v.get(v.world.minoru, opening + "/envelopes").status() == 403);  // the second key opens no outside
  const Reply envelopes = v.get(v.world.akari, opening + "/envelopes");
  CHECK(envelopes.json.at("fields").as_object().size() == 1);
  CHECK_FALSE(legal_hold::open_outer(std::string_view(envelopes.json.at("fields").at("family_name").as_string()),
                                     v.minoru_key));
  json::Object halves = v.peel(envelopes.json.at("fields").as_object(), v.akari_key);
  halves["birthdate"] = "x";
  CHECK(v.post(v.world.akari, opening + "/halves", {{"fields", halves}}).status() == 400);
  CHECK(v.post(v.world.akari, opening + "/halves", {{"fields", json::Object{}}}).status() == 400);
  // Orders without what an order has.
  for (const char* member : {"case_number", "authority", "article", "fields"}) {
    CAPTURE(member);
    json::Object order = v.order({"family_name"});
    order.erase(member);
    CHECK(v.post(v.world.akari, "/api/v1/staff/legal-holds/" + v.hold_id() + "/openings", order).status() == 400);
    if (std::string_view(member) != "fields")
      order[member] = " ";
    else
      order[member] = json::Array{};
    CHECK(v.post(v.world.akari, "/api/v1/staff/legal-holds/" + v.hold_id() + "/openings", order).status() == 400);
  }
  CHECK(v.post(v.world.akari, "/api/v1/staff/legal-holds/" + std::string(kNoId) + "/openings", v.order({"family_name"}))
            .code() == "legal_hold_not_found");
  CHECK(v.get(v.world.akari, "/api/v1/staff/legal-hold-openings/" + std::string(kNoId)).status() == 404);
}

TEST_CASE("it erases itself the day after, to the second, and its openings stay as a record") {
  Vault v;
  v.erase_proven();
  const std::string opening = v.opening(v.world.akari, {"family_name"});
  CHECK(v.post(v.world.minoru, opening + "/approval").status() == 200);
  const auto end = Instant::from_unix_seconds(2'016'284'400 + 0);  // checked below
  CHECK(to_jst_string(end) == "2033-11-23T00:00:00+09:00");
  const Instant before = v.world.clock.now();
  v.world.clock.set(end + std::chrono::hours(24) - seconds(1));
  must(v.world.app->purge_expired());
  CHECK(v.get(v.world.akari, opening + "/envelopes").status() == 200);
  v.world.clock.set(end + std::chrono::hours(24));
  CHECK(v.get(v.world.akari, "/api/v1/staff/legal-holds").json.at("holds").as_array().empty());
  CHECK(v.get(v.world.akari, opening + "/envelopes").code() == "legal_hold_not_found");
  must(v.world.app->purge_expired());
  CHECK(v.get(v.world.akari, opening).text("case_number") == "令和8年第12号");
  v.world.clock.set(before);
  CHECK(v.get(v.world.akari, "/api/v1/staff/legal-holds").json.at("holds").as_array().empty());  // gone, not hidden
}

TEST_CASE("what the first opened is not kept for longer than an hour") {
  Vault v;
  v.erase_proven();
  const std::string opening = v.opening(v.world.akari, {"family_name"});
  v.post(v.world.minoru, opening + "/approval");
  const Reply envelopes = v.get(v.world.akari, opening + "/envelopes");
  const json::Object halves = v.peel(envelopes.json.at("fields").as_object(), v.akari_key);
  CHECK(v.post(v.world.akari, opening + "/halves", {{"fields", halves}}).status() == 200);
  v.world.clock.advance(std::chrono::minutes(60));
  must(v.world.app->purge_expired());
  CHECK(v.post(v.world.minoru, opening + "/reading").status() == 403);
}

TEST_CASE("the thief of the whole data directory, the server's own keys with it, opens nothing") {
  Vault v;
  v.erase_proven();
  const std::string opening = v.opening(v.world.akari, {"family_name"});
  v.post(v.world.minoru, opening + "/approval");
  const Reply envelopes = v.get(v.world.akari, opening + "/envelopes");
  const json::Object halves = v.peel(envelopes.json.at("fields").as_object(), v.akari_key);
  v.post(v.world.akari, opening + "/halves", {{"fields", halves}});
  // With one of the two keys and everything of the server's there is still the other half.
  for (const auto& half : halves) {
    CHECK_FALSE(
        legal_hold::open_inner(std::string_view(half.value().as_string()), v.akari_key, v.hold_id(), "family_name"));
    CHECK_FALSE(
        legal_hold::open_inner(std::string_view(half.value().as_string()), v.sora_key, v.hold_id(), "family_name"));
  }
  v.world.app.reset();
  for (const auto& entry : std::filesystem::recursive_directory_iterator(v.world.data_directory())) {
    if (!entry.is_regular_file()) continue;
    const Bytes bytes = must(files::read_file(entry.path().string(), 1 << 26));
    CAPTURE(entry.path().string());
    for (const std::string& value : v.world.claim_values()) {
      CHECK(as_text(bytes).find(value) == std::string_view::npos);
    }
  }
}

TEST_CASE("an older database that is put back does not lose what a law keeps, and says so on its receipt") {
  Vault v;
  Device device = v.world.register_device();
  v.world.approve(device);
  const TempDir kept;
  must(database::copy_database(v.world.data_directory() + "/mibun.db", kept.file("old.db")));
  v.erase(device);
  const std::string hold_id = v.hold_id();
  put_back(v, kept.file("old.db"));
  v.reopen();
  CHECK(v.world.send(v.world.account_request(device, "GET", "/api/v1/history")).status() == 401);
  CHECK(v.hold_id() == hold_id);
  CHECK(read_by_two(v) == "TAKAMORI");
  v.world.app.reset();
  const auto database = must(database::Database::open(v.world.data_directory() + "/mibun.db", migrations()));
  const std::string receipt = must(database->row("SELECT receipt FROM erasures"))->text(0);
  const auto payload = must(must(jose::Jws::parse(std::string_view(receipt))).unverified_payload());
  CHECK(std::ranges::count_if(payload.at("classes").as_array(),
                              [](const json::Value& one) { return one.at("outcome") == "retained"; }) == 1);
}

TEST_CASE("what ended meanwhile does not come back with an older database, and its file goes") {
  Vault v;
  Device device = v.world.register_device();
  v.world.approve(device);
  const TempDir kept;
  must(database::copy_database(v.world.data_directory() + "/mibun.db", kept.file("before.db")));
  v.erase(device);
  must(database::copy_database(v.world.data_directory() + "/mibun.db", kept.file("after.db")));
  const std::string folder = v.world.data_directory() + "/journal/kept";
  REQUIRE(files_in(folder).size() == 1);
  const auto end = Instant::from_unix_seconds(2'016'370'800);
  CHECK(to_jst_string(end) == "2033-11-24T00:00:00+09:00");
  SUBCASE("a second too early it comes back") {
    put_back(v, kept.file("before.db"));
    v.world.clock.set(end - seconds(1));
    v.reopen();
    CHECK(hold_count(v) == 1);
  }
  SUBCASE("never purged, and a database from before the erasure") {
    put_back(v, kept.file("before.db"));
    v.world.clock.set(end);
    v.reopen();
    CHECK(hold_count(v) == 0);
    v.world.app.reset();
    {
      const auto database = must(database::Database::open(v.world.data_directory() + "/mibun.db", migrations()));
      CHECK(must(database->row("SELECT COUNT(*) FROM legal_holds"))->integer(0) == 0);  // not there, and not hidden
    }
    v.reopen();
    must(v.world.app->purge_expired());
    CHECK(files_in(folder).empty());
  }
  SUBCASE("purged, and a database that still has it") {
    const Instant before = v.world.clock.now();
    v.world.clock.set(end);
    must(v.world.app->purge_expired());
    CHECK(files_in(folder).empty());
    put_back(v, kept.file("after.db"));
    v.reopen();
    CHECK(hold_count(v) == 0);
    CHECK(files_in(folder).empty());
    must(v.world.app->purge_expired());
    v.world.clock.set(before);
    CHECK(hold_count(v) == 0);  // gone, not hidden
  }
}

TEST_CASE("an erasure that failed after the file was written keeps nothing of somebody who is still here") {
  Vault v;
  Device device = v.world.register_device();
  v.world.approve(device);
  const std::string folder = v.world.data_directory() + "/journal";
  const std::string journal = folder + "/no-return.journal";
  fs::rename(journal, journal + ".away");
  fs::create_directory(journal);  // cannot be appended to
  CHECK(v.world.send(v.world.account_request(device, "DELETE", "/api/v1/account")).status() >= 500);
  REQUIRE(files_in(folder + "/kept").size() == 1);
  fs::remove(journal);
  fs::rename(journal + ".away", journal);
  SUBCASE("the next start throws it away") {
    v.reopen();
    CHECK(files_in(folder + "/kept").empty());
    CHECK(hold_count(v) == 0);
    v.world.send_well(v.world.account_request(device, "GET", "/api/v1/history"), 200);
  }
  SUBCASE("the next try takes its place") {
    v.erase(device);
    CHECK(files_in(folder + "/kept").size() == 1);
    v.reopen();
    CHECK(hold_count(v) == 1);
    CHECK(read_by_two(v) == "TAKAMORI");
  }
}

TEST_CASE(
    "a file that was changed is not believed: another folder's copy counts, and without one the start is refused") {
  Vault v;
  const std::string second = v.world.directory_.file("second");
  v.world.config.journal_directories = {second};
  v.reopen();
  Device device = v.world.register_device();
  v.world.approve(device);
  const TempDir kept;
  must(database::copy_database(v.world.data_directory() + "/mibun.db", kept.file("old.db")));
  v.erase(device);
  put_back(v, kept.file("old.db"));
  const std::vector<std::string> folders{v.world.data_directory() + "/journal/kept", second + "/kept"};
  const auto spoil = [&](const std::string& folder) {
    const std::string path = folder + "/" + files_in(folder).at(0);
    std::string text(as_text(must(files::read_file(path, 1 << 20))));
    const auto at = text.find("2033-11-23");
    REQUIRE(at != std::string::npos);
    text[at + 3] = '9';  // kept for six years more
    must(files::write_file_atomic(path, as_bytes(text)));
  };
  spoil(folders[0]);
  SUBCASE("one of the two") {
    v.reopen();
    CHECK(v.get(v.world.akari, "/api/v1/staff/legal-holds").json.at("holds").at(0).at("until") == "2033-11-23");
    CHECK(read_by_two(v) == "TAKAMORI");
  }
  SUBCASE("both") {
    spoil(folders[1]);
    CHECK(code_of(App::open(v.world.config, v.world.clock, v.world.rng)) == ErrorCode::backup_integrity_error);
    // What a clerk decides by hand: without the file the server opens.
    for (const std::string& folder : folders) fs::remove(folder + "/" + files_in(folder).at(0));
    v.reopen();
    CHECK(hold_count(v) == 0);
  }
}

TEST_CASE("a record of before there were files, and a folder that is new, get their file at the start") {
  Vault v;
  v.erase_proven();
  const std::string folder = v.world.data_directory() + "/journal/kept";
  const std::string name = files_in(folder).at(0);
  const Bytes file = must(files::read_file(folder + "/" + name, 1 << 20));
  v.world.app.reset();
  fs::remove(folder + "/" + name);
  v.world.config.journal_directories = {v.world.directory_.file("second")};
  v.reopen();
  CHECK(must(files::read_file(folder + "/" + name, 1 << 20)) == file);
  CHECK(must(files::read_file(v.world.directory_.file("second/kept/") + name, 1 << 20)) == file);
}

TEST_CASE("a configuration that cannot hold is refused at the start") {
  Vault v;
  const auto refused = [&](const std::function<void(LegalHoldConfig&)>& spoil) {
    Config config = v.world.config;
    config.data_directory = v.world.directory_.file("other");
    spoil(config.legal_hold);
    return code_of(App::open(config, v.world.clock, v.world.rng)) == ErrorCode::invalid_argument;
  };
  CHECK_FALSE(refused([](LegalHoldConfig&) {}));
  CHECK(refused([](LegalHoldConfig& c) { c.keys.resize(1, c.keys[0]); }));
  CHECK(refused([](LegalHoldConfig& c) { c.keys.clear(); }));
  CHECK(refused([](LegalHoldConfig& c) { c.keys[1].client_id = c.keys[0].client_id; }));
  CHECK(refused([](LegalHoldConfig& c) { c.keys[1].key = c.keys[0].key; }));
  CHECK(refused([](LegalHoldConfig& c) { c.keys[1].client_id = "somebody"; }));
  CHECK(refused([&](LegalHoldConfig& c) { c.keys[1].key = v.world.akari.key->public_key(); }));
  CHECK(refused([](LegalHoldConfig& c) { c.duties.push_back(c.duties[0]); }));
  CHECK(refused([](LegalHoldConfig& c) { c.duties[0].fields.clear(); }));
  CHECK(refused([](LegalHoldConfig& c) { c.duties[0].fields.push_back("family_name"); }));
  CHECK(refused([](LegalHoldConfig& c) { c.duties[0].years = 0; }));
  CHECK(refused([](LegalHoldConfig& c) { c.duties[0].years = 51; }));
  CHECK(refused([](LegalHoldConfig& c) { c.duties[0].law.clear(); }));
}

}  // namespace mibun::server
