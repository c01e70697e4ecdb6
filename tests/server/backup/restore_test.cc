#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "core/jose/jws.h"
#include "core/sd_jwt/holder.h"
#include "core/status_list/status_list.h"
#include "platform/files/files.h"
#include "platform/keyd/keyd.h"
#include "server/backup/tree.h"
#include "server/journal/kept_files.h"
#include "server/journal/no_return.h"
#include "server/legal_hold/envelope.h"
#include "server/migrations/migrations.h"
#include "server/restored/settle.h"
#include "server/restored/tables.h"
#include "tests/server/backup/backup_world.h"

namespace mibun::server::backup {
namespace {

namespace fs = std::filesystem;

// One backup of `world`; its generation.
std::int64_t back_up(TestWorld& world, const TestRepository& repository) {
  BackupService service(options_for(world, repository), world.clock, world.rng);
  return must(service.run(no_progress)).generation;
}

// The machine is lost, and the generation is restored elsewhere with what remains: `world` goes on on that.
struct Restored {
  TempDir directory;
  std::string data = directory.file("data");
};

std::unique_ptr<Restored> lose_and_restore(TestWorld& world, const TestRepository& repository,
                                           std::int64_t generation) {
  world.app.reset();
  const auto remains = remains_of(world.data_directory());
  auto restored = std::make_unique<Restored>();
  must(restore(restore_options(repository, *remains, generation, restored->data), world.rng, no_restore_progress));
  world.config.data_directory = restored->data;
  world.app = must(App::open(world.config, world.clock, world.rng));
  return restored;
}

std::int64_t number_in(const std::string& data, std::string_view sql) {
  const auto database = must(database::Database::open(data + "/mibun.db", migrations()));
  return must(database->row(sql))->integer(0);
}

sd_jwt::StatusReference status_of(const HeldCard& card) {
  return *must(sd_jwt::HeldCredential::reopen_stored(card.text)).status();
}

// What the published list says of a copy.
std::uint8_t published(TestWorld& world, const sd_jwt::StatusReference& reference) {
  const Reply reply = world.send({.target = reference.uri.substr(kOrigin.size())});
  REQUIRE(reply.status() == 200);
  const auto jws = must(jose::Jws::parse(std::string_view(reply.response.body)));
  const auto payload = must(jws.unverified_payload());
  const auto list = must(status_list::StatusList::parse(payload.at("status_list").as_object()));
  return must(list.get(reference.index));
}

std::string refusal(TestWorld& world, Device& device) {
  const Reply reply = world.send(world.account_request(device, "GET", "/api/v1/history"));
  CHECK(reply.status() == 401);
  return reply.code();
}

// A move that is open in the database; `any`: what stands for its hashes and its key.
void open_move(database::Database& database, const std::string& account_id, const Bytes& any, Instant now) {
  must(database.write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run(
        "INSERT INTO moves (move_id, account_id, state, expires_at, proof_sha256, old_watch_sha256, old_key) VALUES "
        "('m', $1, 'opened', $2, $3, $3, $3)",
        account_id, (now + std::chrono::minutes(10)).unix_milliseconds(), any));
    return {};
  }));
}

}  // namespace

TEST_CASE("a person who was erased after the backup is not there after a restore, and answers as an unknown one") {
  TestWorld world;
  const TestRepository repository;
  Device haruka = world.register_device();
  const HeldCard card = world.card_of(haruka);
  const std::int64_t generation = back_up(world, repository);
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);

  const auto restored = lose_and_restore(world, repository, generation);
  Device unknown = world.new_device();
  unknown.account_id = haruka.account_id;
  unknown.user_handle = haruka.user_handle;
  CHECK(refusal(world, haruka) == refusal(world, unknown));
  CHECK(published(world, status_of(card)) == status_list::kInvalid);
  // Others are as they were.
  world.send_well(world.account_request(world.holder, "GET", "/api/v1/history"), 200);
  world.app.reset();
  CHECK(number_in(restored->data, "SELECT COUNT(*) FROM accounts WHERE state = 'erased'") == 1);
  for (const char* table : {"history_events", "cases", "evidence_files", "notices", "offers", "card_issuances"}) {
    CAPTURE(table);
    const std::string sql =
        std::string("SELECT COUNT(*) FROM ") + table +
        (std::string_view(table) == "evidence_files" ? "" : " WHERE account_id = '" + haruka.account_id + "'");
    CHECK(number_in(restored->data, sql) == 0);
  }
  CHECK(!files::exists(RestoreMarker::path(restored->data)));
}

TEST_CASE("without the journal's line the missing key alone erases a person") {
  TestWorld world;
  const TestRepository repository;
  Device haruka = world.register_device();
  const std::int64_t generation = back_up(world, repository);
  const std::string journal = world.data_directory() + "/journal";
  const auto old_journal = must(Journal::text_of({journal}));
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);
  world.app.reset();
  const auto remains = remains_of(world.data_directory());
  must(files::write_file_atomic(remains->journal + "/" + std::string(Journal::kFile), as_bytes(old_journal)));
  const TempDir directory;
  must(restore(restore_options(repository, *remains, generation, directory.file("data")), world.rng,
               no_restore_progress));
  world.config.data_directory = directory.file("data");
  world.app = must(App::open(world.config, world.clock, world.rng));
  refusal(world, haruka);
  world.app.reset();
  CHECK(number_in(directory.file("data"), "SELECT COUNT(*) FROM accounts WHERE state = 'erased'") == 1);
}

TEST_CASE("an older database that somebody put back by hand is told by the journal, too") {
  TestWorld world;
  Device haruka = world.register_device(), minato = world.register_device();
  const TempDir kept;
  must(database::copy_database(world.data_directory() + "/mibun.db", kept.file("old.db")));
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);
  world.send_well(world.json_request("POST", "/api/v1/revocations", {{"revocation_code", minato.revocation_code}}),
                  200);
  world.app.reset();
  fs::remove(world.data_directory() + "/mibun.db-wal");
  fs::remove(world.data_directory() + "/mibun.db-shm");
  fs::copy_file(kept.file("old.db"), world.data_directory() + "/mibun.db", fs::copy_options::overwrite_existing);
  world.app = must(App::open(world.config, world.clock, world.rng));
  refusal(world, haruka);
  CHECK(world.send(world.account_request(minato, "GET", "/api/v1/history")).status() >= 400);
  world.send_well(world.account_request(world.holder, "GET", "/api/v1/history"), 200);
}

TEST_CASE("what was revoked after the backup stays revoked, and a wallet that was stopped stays stopped") {
  TestWorld world;
  const TestRepository repository;
  Device haruka = world.register_device();
  const HeldCard card = world.card_of(haruka), other = world.take_card();
  const std::int64_t generation = back_up(world, repository);
  world.send_well(world.json_request("POST", "/api/v1/revocations", {{"revocation_code", haruka.revocation_code}}),
                  200);
  const Reply stopped = world.send(world.account_request(haruka, "GET", "/api/v1/history"));
  const auto restored = lose_and_restore(world, repository, generation);
  const Reply after = world.send(world.account_request(haruka, "GET", "/api/v1/history"));
  CHECK(after.status() == stopped.status());
  CHECK(after.code() == stopped.code());
  CHECK(published(world, status_of(card)) == status_list::kInvalid);
  CHECK(published(world, status_of(other)) == status_list::kValid);
}

TEST_CASE(
    "a device that another one took the place of does not come back with a database that knows only the old one") {
  TestWorld world;
  Device haruka = world.register_device();
  world.app.reset();
  // The line as the move wrote it, and a database of before: what the journal says and nothing else.
  const std::string data = world.data_directory();
  {
    const auto keys = must(keyd::open_embedded_key_holder(data + "/keyd", world.rng));
    const auto database = must(database::Database::open(data + "/mibun.db", migrations()));
    const auto row =
        must(database->row("SELECT credential_id_lookup FROM accounts WHERE account_id = $1", haruka.account_id));
    const Bytes subject = must(NoReturn::unit_subject(*keys, row->blob(0)));
    must(must(Journal::open({data + "/journal"}))->append(JournalKind::unit_replaced, {&subject, 1}, kTestNow));
  }
  world.app = must(App::open(world.config, world.clock, world.rng));
  CHECK(world.send(world.account_request(haruka, "GET", "/api/v1/history")).status() >= 400);
  world.send_well(world.account_request(world.holder, "GET", "/api/v1/history"), 200);
  world.app.reset();
  CHECK(number_in(data, "SELECT COUNT(*) FROM accounts WHERE state = 'revoked'") == 1);
}

TEST_CASE("a move that was cut off between its lines in the journal and its transaction did not happen") {
  TestWorld world;
  Device haruka = world.register_device(), minato = world.register_device();
  const HeldCard card = world.card_of(haruka), other = world.card_of(minato);
  world.app.reset();
  const std::string data = world.data_directory();
  {
    const auto keys = must(keyd::open_embedded_key_holder(data + "/keyd", world.rng));
    const auto database = must(database::Database::open(data + "/mibun.db", migrations()));
    const auto journal = must(Journal::open({data + "/journal"}));
    const auto cards_of = [&](const Device& device) {
      const auto row =
          must(database->row("SELECT issuance_id FROM card_issuances WHERE account_id = $1", device.account_id));
      return must(NoReturn::cards_subject(*keys, row->text(0)));
    };
    const auto row =
        must(database->row("SELECT credential_id_lookup FROM accounts WHERE account_id = $1", haruka.account_id));
    open_move(*database, haruka.account_id, row->blob(0), world.clock.now());
    const Bytes unit = must(NoReturn::unit_subject(*keys, row->blob(0)));
    const Bytes hers = cards_of(haruka), his = cards_of(minato), stranger(32, 7);
    must(journal->append(JournalKind::unit_replaced, {&unit, 1}, kTestNow));
    must(journal->append(JournalKind::cards_revoked, {&hers, 1}, kTestNow));
    // Another deed, whose lines count.
    must(journal->append(JournalKind::account_stopped, {&stranger, 1}, kTestNow));
    must(journal->append(JournalKind::cards_revoked, {&his, 1}, kTestNow));
  }
  for (int start = 0; start < 2; ++start) {
    world.app = must(App::open(world.config, world.clock, world.rng));
    world.send_well(world.account_request(haruka, "GET", "/api/v1/history"), 200);
    CHECK(published(world, status_of(card)) == status_list::kValid);
    CHECK(published(world, status_of(other)) == status_list::kInvalid);
    world.app.reset();
  }
}

TEST_CASE("a move that stands in the journal after its commit is over, also in a database where it is open") {
  TestWorld world;
  Device haruka = world.register_device();
  world.app.reset();
  const std::string data = world.data_directory();
  {
    const auto keys = must(keyd::open_embedded_key_holder(data + "/keyd", world.rng));
    const auto database = must(database::Database::open(data + "/mibun.db", migrations()));
    const auto row =
        must(database->row("SELECT credential_id_lookup FROM accounts WHERE account_id = $1", haruka.account_id));
    // A file that somebody copied back by hand: no restore, and the move is open in it.
    open_move(*database, haruka.account_id, row->blob(0), world.clock.now());
    const Bytes unit = must(NoReturn::unit_subject(*keys, row->blob(0)));
    must(must(Journal::open({data + "/journal"}))->append(JournalKind::unit_moved, {&unit, 1}, kTestNow));
  }
  world.app = must(App::open(world.config, world.clock, world.rng));
  CHECK(world.send(world.account_request(haruka, "GET", "/api/v1/history")).status() >= 400);
  world.app.reset();
  CHECK(number_in(data, "SELECT COUNT(*) FROM accounts WHERE state = 'revoked'") == 1);
}

TEST_CASE("a revocation that the journal does not take is not acknowledged, and survives a restore once it is") {
  TestWorld world;
  const TestRepository repository;
  Device haruka = world.register_device(), minato = world.register_device();
  const std::int64_t generation = back_up(world, repository);
  const std::string journal = world.data_directory() + "/journal/" + std::string(Journal::kFile);
  const auto revoke = [&](const Device& device) {
    return world.send(
        world.json_request("POST", "/api/v1/revocations", json::Object{{"revocation_code", device.revocation_code}}));
  };
  fs::rename(journal, journal + ".away");
  fs::create_directory(journal);
  CHECK(revoke(haruka).status() >= 500);
  CHECK(revoke(minato).status() == 503);  // not even done
  world.send_well(world.account_request(minato, "GET", "/api/v1/history"), 200);
  fs::remove(journal);
  fs::rename(journal + ".away", journal);
  CHECK(revoke(minato).status() == 200);
  const auto restored = lose_and_restore(world, repository, generation);
  for (Device* device : {&haruka, &minato}) {
    CHECK(world.send(world.account_request(*device, "GET", "/api/v1/history")).status() >= 400);
  }
}

TEST_CASE("an erasure that cannot be written into the journal is not acknowledged, and nothing of it is done") {
  TestWorld world;
  Device haruka = world.register_device();
  const std::string journal = world.data_directory() + "/journal";
  fs::rename(journal, journal + ".away");
  const Reply refused = world.send(world.account_request(haruka, "DELETE", "/api/v1/account"));
  CHECK(refused.status() >= 500);
  world.send_well(world.account_request(haruka, "GET", "/api/v1/history"), 200);
  fs::rename(journal + ".away", journal);
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);
}

TEST_CASE("a card that was issued after the backup is invalid, and its index is never given again") {
  TestWorld world;
  const TestRepository repository;
  const HeldCard before = world.take_card();
  const std::int64_t generation = back_up(world, repository);
  const auto lost = world.receive(world.holder_token(), 5);
  const auto restored = lose_and_restore(world, repository, generation);
  CHECK(published(world, status_of(before)) == status_list::kValid);
  for (const HeldCard& card : lost) CHECK(published(world, status_of(card)) == status_list::kInvalid);
  const HeldCard fresh = world.receive(world.holder_token(), 1).front();
  CHECK(status_of(fresh).uri != status_of(before).uri);
  CHECK(published(world, status_of(fresh)) == status_list::kValid);
  // A list that the lost time may have opened has a smaller number than one of now.
  const std::string number = status_of(fresh).uri.substr(status_of(fresh).uri.rfind('/') + 1);
  CHECK(std::stoll(number) > world.clock.now().unix_seconds());
}

TEST_CASE("one-time things and sessions of before the backup end with a restore") {
  TestWorld world;
  const TestRepository repository;
  const Offer offer = world.fresh_offer();
  const BoundToken holder = world.holder_token(), staff = world.token(world.akari);
  const BegunRegistration registration = world.begin_registration();
  const AskedRequest asked = world.ask(world.shop);
  const std::int64_t generation = back_up(world, repository);
  // Of its use the backup knows nothing.
  const TestRequest asserted = world.account_request(world.holder, "GET", "/api/v1/account");
  world.send_well(asserted, 200);
  const auto restored = lose_and_restore(world, repository, generation);

  CHECK(world.send(asserted).code() == "assertion_invalid");
  Device device = world.new_device();
  device.user_handle = registration.user_id;
  CHECK(world.send(world.registration(registration, world.credential_json(registration, device))).code() ==
        "registration_unknown");
  CHECK(world.send(world.bound_request(staff, "GET", "/api/v1/staff/cases")).status() == 401);
  CHECK(world.send(world.bound_request(holder, "POST", "/oid4vci/credential", "{}")).status() == 401);
  CHECK(world.send({.target = "/oid4vp/requests/" + asked.id}).status() >= 400);
  const Reply redeemed = world.send(world.token_request(
      world.code_fields(offer),
      sign_jwt(world.dpop_proof(*world.akari.dpop_key, "POST", "/oauth/token"), *world.akari.dpop_key)));
  CHECK(redeemed.status() >= 400);
  // And new ones work.
  world.send_well(world.bound_request(world.token(world.akari), "GET", "/api/v1/staff/cases"), 200);
  world.receive(world.holder_token(), 1);
}

TEST_CASE("every table has its fate after a restore") {
  const TempDir directory;
  const auto database = must(database::Database::open(directory.file("mibun.db"), migrations()));
  const auto rows = must(
      database->rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"));
  for (const database::Row& row : rows) {
    CAPTURE(row.text(0));
    CHECK(std::ranges::count(tables_after_restore(), row.text(0), &TableAfterRestore::table) == 1);
  }
  CHECK(rows.size() == tables_after_restore().size());
  for (const TableAfterRestore& table : tables_after_restore()) {
    CAPTURE(table.table);
    if (table.end.empty()) continue;
    CHECK(database
              ->write([&](database::Transaction& transaction) -> Status {
                MIBUN_CHECK(transaction.execute(table.end, {}));
                return {};
              })
              .has_value());
  }
}

TEST_CASE("the log of operations goes on after a restore when it is brought along, and else begins under another key") {
  TestWorld world;
  const TestRepository repository;
  static_cast<void>(world.register_device());
  const std::int64_t generation = back_up(world, repository);
  static_cast<void>(world.register_device());  // lost, and yet in the log
  const auto checkpoint = [&] { return world.send_well({.target = "/log/checkpoint"}, 200).response.body; };
  const auto size_in = [](const std::string& note) { return std::stoll(note.substr(note.find('\n') + 1)); };
  const std::string before = checkpoint();
  world.app.reset();
  const auto remains = remains_of(world.data_directory());
  const std::string log = world.data_directory() + "/log-tree/b";  // one of the two is enough
  const auto restore_into = [&](const std::string& target, bool with_log) {
    RestoreOptions options = restore_options(repository, *remains, generation, target);
    if (with_log) options.log_folders = {log};
    return restore(options, world.rng, no_restore_progress);
  };
  const TempDir target;
  const bool with_log = [] {
    bool brought = true;
    SUBCASE("brought along") {}
    SUBCASE("left behind") {
      brought = false;
    }
    return brought;
  }();
  if (with_log) {
    auto without_key = restore_into(target.file("none"), true);
    REQUIRE(!without_key.has_value());
    CHECK(without_key.error().code == ErrorCode::not_found);
    for (const char* name : {"log.key", "log.vkey", "log"}) {
      fs::copy(world.data_directory() + "/keys/" + name, remains->keys + "/" + name, fs::copy_options::recursive);
    }
  }
  REQUIRE(restore_into(target.file("data"), with_log).has_value());
  const std::string key = world.config.data_directory + "/keys/log.vkey";
  const auto old_key = must(files::read_file(key, 1000));
  world.config.data_directory = target.file("data");
  world.app = must(App::open(world.config, world.clock, world.rng));
  static_cast<void>(world.register_device());
  const auto new_key = must(files::read_file(target.file("data") + "/keys/log.vkey", 1000));
  CHECK((new_key == old_key) == with_log);
  if (with_log) CHECK(size_in(checkpoint()) > size_in(before));
}

TEST_CASE("another key holder, or an older journal, does not open the data") {
  TestWorld world;
  Device haruka = world.register_device();
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);
  world.app.reset();
  {
    world.app = must(App::open(world.config, world.clock, world.rng));
  }
  world.app.reset();
  const std::string data = world.data_directory();
  const TempDir away{TempDir::Place::memory};  // where the world is: renamed, not copied
  fs::rename(data + "/keyd", away.file("keyd"));
  auto opened = App::open(world.config, world.clock, world.rng);
  REQUIRE(!opened.has_value());
  CHECK(opened.error().code == ErrorCode::keyd_integrity_error);
  fs::remove_all(data + "/keyd");
  fs::rename(away.file("keyd"), data + "/keyd");
  fs::rename(data + "/journal", away.file("journal"));
  opened = App::open(world.config, world.clock, world.rng);
  REQUIRE(!opened.has_value());
  CHECK(opened.error().code == ErrorCode::backup_integrity_error);
  fs::remove_all(data + "/journal");
  fs::rename(away.file("journal"), data + "/journal");
  CHECK(App::open(world.config, world.clock, world.rng).has_value());
}

TEST_CASE("what a law keeps of people who were erased after the backup is there after a restore") {
  TestWorld world;
  const crypto::P256PrivateKey akari = crypto::P256PrivateKey::generate(), minoru = crypto::P256PrivateKey::generate();
  world.config.legal_hold = {
      .duties = {{.id = "proceeds",
                  .law = "a law",
                  .article = "1",
                  .controller = "somebody",
                  .fields = {"family_name"},
                  .years = 7,
                  .from = {2026, 4, 1}}},
      .keys = {{"reviewer-akari", akari.public_key()}, {"reviewer-minoru", minoru.public_key()}}};
  world.app.reset();
  world.app = must(App::open(world.config, world.clock, world.rng));
  const TestRepository repository;
  Device haruka = world.register_device();
  world.approve(haruka);
  const std::int64_t generation = back_up(world, repository);
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);
  // And somebody whom the backup does not know at all.
  Device minato = world.register_device();
  world.approve(minato);
  world.send_well(world.account_request(minato, "DELETE", "/api/v1/account"), 200);

  const auto restored = lose_and_restore(world, repository, generation);
  refusal(world, haruka);
  world.app.reset();
  const auto database = must(database::Database::open(restored->data + "/mibun.db", migrations()));
  const auto rows = must(database->rows("SELECT hold_id, field, envelope FROM legal_hold_fields"));
  REQUIRE(rows.size() == 2);
  for (const database::Row& row : rows) {
    const std::string inner = must(legal_hold::open_outer(row.text(2), akari));
    CHECK(must(legal_hold::open_inner(inner, minoru, row.text(0), row.text(1))) == "TAKAMORI");
  }
}

TEST_CASE("two folders whose files of what a law keeps differ are for somebody to judge") {
  const TempDir directory;
  for (const char* folder : {"a", "b", "to"}) fs::create_directories(directory.file(folder) + "/kept");
  for (const char* folder : {"a/kept", "b/kept", "to", "to/kept"}) {
    fs::permissions(directory.file(folder), fs::perms::owner_all);
  }
  must(files::write_new_file(directory.file("a/kept/one"), as_bytes("1")));
  must(files::write_new_file(directory.file("b/kept/one"), as_bytes("1")));
  must(files::write_new_file(directory.file("b/kept/two"), as_bytes("2")));
  const std::vector<std::string> folders{directory.file("a"), directory.file("b")};
  CHECK(KeptFiles::copy(folders, directory.file("to")).has_value());
  CHECK(must(files::list_directory(directory.file("to/kept"))) == std::vector<std::string>{"one", "two"});
  must(files::write_file_atomic(directory.file("a/kept/two"), as_bytes("3")));
  const auto differing = KeptFiles::copy(folders, directory.file("to"));
  REQUIRE(!differing.has_value());
  CHECK(differing.error().code == ErrorCode::backup_integrity_error);
}

TEST_CASE("the journal forgets what every generation knows, and nothing that one of them would need") {
  TestWorld world;
  const TestRepository repository;
  const auto reopen = [&] {
    world.app.reset();
    world.app = must(App::open(world.config, world.clock, world.rng));
  };
  const auto erase_somebody = [&] {
    Device device = world.register_device();
    world.send_well(world.account_request(device, "DELETE", "/api/v1/account"), 200);
  };
  const auto number_of_lines = [&] {
    return must(Journal::open({world.data_directory() + "/journal"}))->after(0).size();
  };
  BackupService service(options_for(world, repository), world.clock, world.rng);
  const auto later = [&] { return world.clock.now() + std::chrono::hours(1); };
  Device haruka = world.register_device();
  erase_somebody();
  const auto first = must(service.run(no_progress));
  CHECK(first.journal_told == 0);  // its database was told of nothing: the server has run since it was new
  CHECK(must(world.app->prune_journal(*first.journal_told, later())) == 0);
  CHECK(number_of_lines() == 1);
  // The running server has told its database meanwhile.
  world.clock.advance(std::chrono::hours(24));
  const auto second = must(service.run(no_progress));
  CHECK(second.journal_told == 0);  // of the older one
  const std::string older = Catalogue::read({}, repository.repository())->find(first.generation)->snapshot;
  TestRepository vault;  // a copy that nobody here knows of
  must(vault.repository().copy_from(repository.repository(), older));
  must(repository.repository().forget({older}));
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);
  world.clock.advance(std::chrono::hours(24));
  const auto third = must(service.run(no_progress));
  CHECK(third.journal_told == 1);
  CHECK(must(world.app->prune_journal(*third.journal_told, world.clock.now() - std::chrono::days(400))) == 0);
  CHECK(must(world.app->prune_journal(*third.journal_told, later())) == 1);
  CHECK(number_of_lines() == 1);  // the second generation does not know it
  reopen();
  refusal(world, haruka);

  SUBCASE("what is left is enough for the oldest that is there") {
    const auto restored = lose_and_restore(world, repository, second.generation);
    refusal(world, haruka);
  }
  SUBCASE("one that was thought to be gone is refused, and brings nobody back") {
    world.app.reset();
    const auto remains = remains_of(world.data_directory());
    const TempDir directory;
    RestoreOptions options = restore_options(vault, *remains, first.generation, directory.file("data"));
    must(restore(options, world.rng, no_restore_progress));
    world.config.data_directory = directory.file("data");
    CHECK(code_of(App::open(world.config, world.clock, world.rng)) == ErrorCode::backup_integrity_error);
  }
}

TEST_CASE("a deed that failed after its line is for the next start, and its line stays") {
  TestWorld world;
  Device haruka = world.register_device();
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);
  world.app.reset();
  const auto database = must(database::Database::open(world.data_directory() + "/mibun.db", migrations()));
  const auto journal = must(Journal::open({world.data_directory() + "/journal"}));
  const auto told = must(catch_up(*database, *journal));
  CHECK(told == 1);
  const std::vector<Bytes> subjects{Bytes(32, 1), Bytes(32, 2), Bytes(32, 3)};
  must(journal->append(JournalKind::cards_revoked, subjects, kTestNow));
  const auto apply = [&](std::int64_t number) {
    must(database->write([&](database::Transaction& transaction) -> Status {
      MIBUN_CHECK(transaction.run("INSERT INTO journal_applied (number) VALUES ($1)", number));
      return {};
    }));
  };
  apply(2);
  apply(4);
  CHECK(must(catch_up(*database, *journal)) == 2);
  CHECK(must(database->row("SELECT number FROM journal_applied"))->integer(0) == 4);
  apply(3);
  CHECK(must(catch_up(*database, *journal)) == 4);
}

TEST_CASE("when the journal is lost too, every card is revoked") {
  TestWorld world;
  const TestRepository repository;
  const HeldCard card = world.take_card();
  const std::int64_t generation = back_up(world, repository);
  world.app.reset();
  const auto remains = remains_of(world.data_directory());
  const TempDir directory;
  RestoreOptions options = restore_options(repository, *remains, generation, directory.file("data"));
  options.journal_folders.clear();
  CHECK(restore(options, world.rng, no_restore_progress).error().code == ErrorCode::invalid_argument);
  options.without_journal = true;
  must(restore(options, world.rng, no_restore_progress));
  world.config.data_directory = options.data_directory;
  world.app = must(App::open(world.config, world.clock, world.rng));
  CHECK(published(world, status_of(card)) == status_list::kInvalid);
  world.send_well(world.account_request(world.holder, "GET", "/api/v1/history"), 200);
}

}  // namespace mibun::server::backup
