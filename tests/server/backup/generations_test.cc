#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/jose/jws.h"
#include "platform/files/files.h"
#include "server/app/drill.h"
#include "server/app/read_only_keys.h"
#include "server/backup/copy.h"
#include "server/backup/scheduler.h"
#include "server/backup/signing_key.h"
#include "server/backup/tree.h"
#include "tests/server/backup/backup_world.h"

namespace mibun::server::backup {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const TempDir& directory) {
  return directory.file("out") + "/generation";
}

// The newest generation as it lies in the repository.
void fetch(const TestRepository& repository, const TempDir& directory) {
  const auto snapshots = must(repository.repository().snapshots());
  must(repository.repository().restore(snapshots.back().id, directory.file("out")));
}

// A generation that whoever has the repository's password, but not the server's key, puts there.
void plant(const TestRepository& repository, const TempDir& directory, std::int64_t number, Instant made_at) {
  must(repository.repository().backup(directory.file("out"), "generation", Catalogue::tags(number, made_at), made_at));
}

crypto::PublicKey key_of(const TestWorld& world) {
  return must(read_public_key(world.data_directory() + "/keys/backup.pub"));
}

// One for the cases that only look.
struct Backed {
  TestWorld world;
  TestRepository repository;
  std::int64_t generation;
  Backed() {
    fs::create_directory(world.data_directory() + "/blobs");
    world.directory_.write("data/blobs/one", "the first");
    world.directory_.write("data/blobs/two", std::string(3 * 1024 * 1024 + 17, 'x'));
    BackupOptions options = options_for(world, repository);
    options.sources.file_folders["blobs"] = world.data_directory() + "/blobs";
    world.directory_.write("data/keys/in-clear.key", "a key that somebody put there without sealing it");
    generation = must(BackupService(options, world.clock, world.rng).run(no_progress)).generation;
  }
};
Backed& backed() {
  static Backed one;
  return one;
}

}  // namespace

TEST_CASE("a generation holds the data and never what opens it") {
  Backed& b = backed();
  const TempDir directory;
  fetch(b.repository, directory);
  const Manifest manifest = must(verify_tree(folder_of(directory), key_of(b.world)));
  CHECK(manifest.generation == 1);
  CHECK(manifest.made_at == b.world.clock.now());
  CHECK(manifest.origin == kOrigin);
  CHECK(manifest.previous.empty());
  std::vector<std::string> paths;
  for (const FileDigest& file : manifest.files) paths.push_back(file.path);
  for (const char* wanted : {"data/mibun.db", "data/keys/issuer.key", "data/keys/issuer.pem", "data/keys/backup.key",
                             "data/keys/backup.pub", "data/keys/tls-root.crt", "data/blobs/one", "data/blobs/two"}) {
    CAPTURE(wanted);
    CHECK(std::ranges::count(paths, wanted) == 1);
  }
  for (const std::string& path : paths) {
    CAPTURE(path);
    CHECK(path.find("keyd") == std::string::npos);
    CHECK(path.find("journal") == std::string::npos);
    CHECK(path.find("master.key") == std::string::npos);
    CHECK(path.find("in-clear") == std::string::npos);
    CHECK(path.find("-wal") == std::string::npos);
  }
  CHECK(manifest.files[0].bytes == 9);
  CHECK(!fs::exists(b.world.data_directory() + "/backup/staging"));
  CHECK(!fs::exists(b.world.data_directory() + "/backup/verify-1"));
}

TEST_CASE("whatever is changed in a generation is named") {
  Backed& b = backed();
  const auto key = key_of(b.world);
  struct Row {
    std::string why, where;
    std::function<void(const std::string&)> deed;
  };
  const auto edit = [](const std::string& file, std::size_t at) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(at));
    const char c = static_cast<char>(stream.get() ^ 1);
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(c);
  };
  const Row rows[] = {
      {"a byte of a file", "data/blobs/one", [&](const std::string& f) { edit(f + "/data/blobs/one", 3); }},
      {"a byte of its last piece", "data/blobs/two",
       [&](const std::string& f) { edit(f + "/data/blobs/two", 3 * 1024 * 1024 + 16); }},
      {"a byte of the database", "data/mibun.db", [&](const std::string& f) { edit(f + "/data/mibun.db", 5000); }},
      {"a shorter file", "data/blobs/two", [](const std::string& f) { fs::resize_file(f + "/data/blobs/two", 100); }},
      {"an empty file", "data/blobs/one", [](const std::string& f) { fs::resize_file(f + "/data/blobs/one", 0); }},
      {"a file less", "data/keys/issuer.pem", [](const std::string& f) { fs::remove(f + "/data/keys/issuer.pem"); }},
      {"a file more", "data/keys/extra.pem",
       [](const std::string& f) { std::ofstream(f + "/data/keys/extra.pem") << "x"; }},
      {"a file beside the data", "more", [](const std::string& f) { std::ofstream(f + "/more") << "x"; }},
      {"two files in each other's place", "data/blobs/one",
       [](const std::string& f) {
         fs::rename(f + "/data/blobs/one", f + "/swap");
         fs::rename(f + "/data/blobs/two", f + "/data/blobs/one");
         fs::rename(f + "/swap", f + "/data/blobs/two");
       }},
      {"a link", "data/blobs/one",
       [](const std::string& f) {
         fs::remove(f + "/data/blobs/one");
         fs::create_symlink("/etc/hostname", f + "/data/blobs/one");
       }},
      {"a byte of the manifest", "manifest.jws", [&](const std::string& f) { edit(f + "/manifest.jws", 90); }},
      {"a byte of its signature", "manifest.jws",
       [&](const std::string& f) { edit(f + "/manifest.jws", fs::file_size(f + "/manifest.jws") - 40); }},
      {"half a manifest", "manifest.jws", [](const std::string& f) { fs::resize_file(f + "/manifest.jws", 100); }},
      {"no manifest", "manifest.jws", [](const std::string& f) { fs::remove(f + "/manifest.jws"); }},
      {"no list", "files.list", [](const std::string& f) { fs::remove(f + "/files.list"); }},
      {"a line less in the list", "manifest.jws",
       [](const std::string& f) {
         std::ifstream in(f + "/files.list");
         std::string line, rest;
         std::getline(in, line);
         while (std::getline(in, line)) rest += line + "\n";
         std::ofstream(f + "/files.list") << rest;
       }},
  };
  const TempDir plain;
  fetch(b.repository, plain);
  for (const Row& row : rows) {
    CAPTURE(row.why);
    const TempDir directory;
    fs::create_directory(directory.file("out"));
    fs::copy(folder_of(plain), folder_of(directory), fs::copy_options::recursive);
    REQUIRE(verify_tree(folder_of(directory), key).has_value());
    row.deed(folder_of(directory));
    const auto verified = verify_tree(folder_of(directory), key);
    REQUIRE(!verified.has_value());
    CHECK(verified.error().code == ErrorCode::backup_integrity_error);
    CHECK(verified.error().where == row.where);
  }
}

TEST_CASE("a manifest of another key is refused, however right it is, and nothing is put in place") {
  Backed& b = backed();
  const TempDir directory;
  fetch(b.repository, directory);
  Manifest manifest = must(verify_tree(folder_of(directory), key_of(b.world)));
  manifest.generation = 9;
  const auto stranger = crypto::P256PrivateKey::generate();
  std::ofstream(folder_of(directory) + "/manifest.jws") << must(sign_manifest(manifest, stranger));
  TestRepository other;
  plant(other, directory, 9, manifest.made_at);
  const auto remains = remains_of(b.world.data_directory());
  const TempDir target;
  for (const bool with_public_key : {false, true}) {
    if (with_public_key) fs::copy(b.world.data_directory() + "/keys/backup.pub", remains->keys + "/backup.pub");
    const auto restored =
        restore(restore_options(other, *remains, 9, target.file("data")), b.world.rng, no_restore_progress);
    REQUIRE(!restored.has_value());
    CHECK(restored.error().code == ErrorCode::backup_integrity_error);
    CHECK(fs::is_empty(target.path()));
    CHECK(fs::exists(remains->keyd + "/keyd.db"));
  }
}

TEST_CASE("one generation under another's number is refused") {
  Backed& b = backed();
  const TempDir directory;
  fetch(b.repository, directory);
  TestRepository other;
  plant(other, directory, 2, b.world.clock.now());
  const auto remains = remains_of(b.world.data_directory());
  const TempDir target;
  const auto restored =
      restore(restore_options(other, *remains, 2, target.file("data")), b.world.rng, no_restore_progress);
  REQUIRE(!restored.has_value());
  CHECK(restored.error().code == ErrorCode::backup_integrity_error);
  CHECK(fs::is_empty(target.path()));
}

TEST_CASE("a repository whose files were changed is found out: by verify, which names the generation, and by restore") {
  TestWorld& world = backed().world;
  TestRepository repository;
  BackupOptions options = options_for(world, repository);
  options.state_directory = repository.directory.file("state");
  BackupService service(options, world.clock, world.rng);
  REQUIRE(must(service.run(no_progress)).bad.empty());
  // The largest pack is the one with the content.
  fs::path pack;
  for (const auto& entry : fs::recursive_directory_iterator(repository.options.repository + "/data")) {
    if (entry.is_regular_file() && (pack.empty() || entry.file_size() > fs::file_size(pack))) pack = entry.path();
  }
  const std::uintmax_t size = fs::file_size(pack);
  fs::permissions(pack, fs::perms::owner_read | fs::perms::owner_write);
  const TempDir kept, target;
  fs::copy(pack, kept.file("pack"));
  const auto remains = remains_of(world.data_directory());
  // restic asks for a file that is too short or gone again and again, for most of a minute.
  BackupOptions impatient = options;
  impatient.repository.timeout = std::chrono::seconds(5);
  BackupService judge(impatient, world.clock, world.rng);
  struct Row {
    const char* why;
    std::function<void()> deed;
  };
  const Row rows[] = {
      {"a byte",
       [&] {
         std::fstream stream(pack, std::ios::in | std::ios::out | std::ios::binary);
         stream.seekp(static_cast<std::streamoff>(size / 3));
         stream.put('\x5a').put('\x5a').put('\x5a');
       }},
      {"cut off", [&] { fs::resize_file(pack, size / 2); }},
      {"gone", [&] { fs::remove(pack); }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    row.deed();
    const auto found = must(judge.verify(no_progress));
    REQUIRE(found.size() == 1);
    CHECK(found[0].verdict == Verdict::bad);
    CHECK(found[0].number == 1);
    CHECK(!found[0].finding.empty());
    RestoreOptions restoring = restore_options(repository, *remains, 1, target.file("data"));
    restoring.repository = impatient.repository;
    const auto restored = restore(restoring, world.rng, no_restore_progress);
    REQUIRE(!restored.has_value());
    const bool named = restored.error().code == ErrorCode::backup_repository_failed;
    CHECK((named || restored.error().code == ErrorCode::unavailable));
    CHECK(fs::is_empty(target.path()));
    CHECK(service.drill([](const std::string&) { return Status(); }).error().code == ErrorCode::backup_not_found);
    fs::copy_file(kept.file("pack"), pack, fs::copy_options::overwrite_existing);
    CHECK(must(service.verify(no_progress))[0].verdict == Verdict::good);
  }
}

TEST_CASE("a restore refuses what is in its way, and who cannot open what it fetched") {
  Backed& b = backed();
  const auto remains = remains_of(b.world.data_directory());
  const TempDir target;
  const auto refused = [&](const RestoreOptions& options) {
    const auto restored = restore(options, b.world.rng, no_restore_progress);
    REQUIRE(!restored.has_value());
    return restored.error().code;
  };
  const RestoreOptions good = restore_options(b.repository, *remains, 1, target.file("data"));
  RestoreOptions options = good;
  fs::create_directory(target.file("data"));
  target.write("data/somebodys-file", "x");
  CHECK(refused(options) == ErrorCode::restore_target_not_empty);
  fs::remove(target.file("data/somebodys-file"));
  fs::create_directory(target.file("data.restoring"));
  target.write("data.restoring/somebodys-file", "x");
  CHECK(refused(options) == ErrorCode::restore_target_not_empty);
  CHECK(target.read("data.restoring/somebodys-file") == "x");
  fs::remove_all(target.file("data.restoring"));

  options = good;
  options.generation = 7;
  CHECK(refused(options) == ErrorCode::backup_not_found);
  options = good;
  options.repository.password_file = target.write("other-password", "another\n");
  CHECK(refused(options) == ErrorCode::backup_repository_failed);
  options = good;
  options.repository.repository = target.file("no-repository");
  CHECK(refused(options) == ErrorCode::backup_repository_failed);
  options = good;
  options.keys_directory = target.file("other-keys");
  CHECK(refused(options) == ErrorCode::not_found);
  fs::create_directory(options.keys_directory);
  target.write("other-keys/master.key", std::string(32, 'k'));
  CHECK(refused(options) == ErrorCode::backup_integrity_error);
  options = good;
  options.journal_folders = {target.file("no-journal")};
  CHECK(refused(options) == ErrorCode::not_found);
  CHECK(fs::is_empty(target.file("data")));
  CHECK(!fs::exists(target.file("data.restoring")));
  // An empty directory is as good as none.
  must(restore(good, b.world.rng, no_restore_progress));
  CHECK(refused(restore_options(b.repository, *remains, 1, target.file("data"))) ==
        ErrorCode::restore_target_not_empty);
}

TEST_CASE("killed at each step of a restore there is the old state or the new one, and the next call makes it whole") {
  Backed& b = backed();
  for (int step = 0; step <= static_cast<int>(RestoreStep::settling); ++step) {
    CAPTURE(step);
    const auto remains = remains_of(b.world.data_directory());
    const TempDir target;
    const RestoreOptions options = restore_options(b.repository, *remains, 1, target.file("data"));
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      crypto::SystemRng rng;
      static_cast<void>(restore(options, rng, [&](RestoreStep now) {
        if (static_cast<int>(now) == step) ::kill(::getpid(), SIGKILL);
      }));
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    const bool placed = fs::exists(target.file("data"));
    CHECK(placed == (step >= static_cast<int>(RestoreStep::placed)));
    Config config = b.world.config;
    config.data_directory = options.data_directory;
    if (step == static_cast<int>(RestoreStep::placed)) {
      // In place, but without its keys nobody may begin with new ones.
      const auto early = App::open(config, b.world.clock, b.world.rng);
      REQUIRE(!early.has_value());
      CHECK(early.error().code == ErrorCode::keyd_unavailable);
    }
    if (step < static_cast<int>(RestoreStep::settling)) must(restore(options, b.world.rng, no_restore_progress));
    const auto app = must(App::open(config, b.world.clock, b.world.rng));
    CHECK(send_to(*app, {.target = "/readyz"}).status() == 200);
    CHECK(!fs::exists(remains->keyd));
  }
}

TEST_CASE("killed at each step of a backup what was there stays, and the next one is good") {
  TestWorld& world = backed().world;
  TestRepository repository;
  BackupOptions options = options_for(world, repository);
  options.state_directory = repository.directory.file("state");
  std::int64_t good = 0;
  for (int step = 0; step <= static_cast<int>(Step::done); ++step) {
    CAPTURE(step);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      crypto::SystemRng rng;
      static_cast<void>(BackupService(options, world.clock, rng).run([&](Step now, std::int64_t) {
        if (static_cast<int>(now) == step) ::kill(::getpid(), SIGKILL);
      }));
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    BackupService service(options, world.clock, world.rng);
    if (step > 0) {
      const auto found = must(service.verify(no_progress));
      CHECK(std::ranges::all_of(found, [](const Listed& one) { return one.verdict == Verdict::good; }));
    }
    world.clock.advance(std::chrono::hours(24));
    const BackupReport report = must(service.run(no_progress));
    CHECK(report.bad.empty());
    CHECK(report.generation > good);
    good = report.generation;
    CHECK(!fs::exists(options.state_directory + "/staging"));
  }
}

TEST_CASE("a full disk of the repository fails the backup and spoils none before it") {
  TestWorld& world = backed().world;
  TestRepository repository;
  BackupOptions options = options_for(world, repository);
  options.state_directory = repository.directory.file("state");
  must(BackupService(options, world.clock, world.rng).run(no_progress));
  // The same program, but no file of it may grow over a few blocks: its writes fail as on a full disk.
  const std::string program = repository.directory.write(
      "restic-on-a-full-disk", "#!/bin/bash\ntrap '' XFSZ\nulimit -f 16\nexec restic \"$@\"\n");
  fs::permissions(program, fs::perms::owner_all);
  world.clock.advance(std::chrono::hours(24));
  // Something new to be stored.
  for (int i = 0; i < 20; ++i) world.register_device();
  options.repository.program = program;
  const auto failed = BackupService(options, world.clock, world.rng).run(no_progress);
  REQUIRE(!failed.has_value());
  CHECK(failed.error().code == ErrorCode::backup_repository_failed);
  options.repository.program = "restic";
  BackupService service(options, world.clock, world.rng);
  const auto found = must(service.verify(no_progress));
  REQUIRE(found.size() == 1);
  CHECK(found[0].verdict == Verdict::good);
  CHECK(must(service.run(no_progress)).bad.empty());
}

TEST_CASE("a drill restores, settles and answers, changes no key, and signs how long it took") {
  TestWorld world;
  TestRepository repository;
  Device haruka = world.register_device();
  world.card_of(haruka);
  BackupService service(options_for(world, repository), world.clock, world.rng);
  must(service.run(no_progress));
  world.send_well(world.account_request(haruka, "DELETE", "/api/v1/account"), 200);
  const std::string journal = must(Journal::text_of({world.data_directory() + "/journal"}));
  const auto answer = [&](const std::string& data) {
    return answer_in_drill(world.config, data, world.app->key_holder(), world.app->signing_keys(), world.clock,
                           world.rng);
  };
  const DrillReport report = must(service.drill(answer));
  CHECK(report.generation == 1);
  CHECK(report.bytes > 100'000);
  const auto jws = must(jose::Jws::parse(std::string_view(report.jws)));
  CHECK(jws.verify(key_of(world), {.typ = "mibun-drill+jwt"}).has_value());
  const std::string day = to_jst_string(world.clock.now()).substr(0, 10);
  CHECK(as_text(must(files::read_file(world.data_directory() + "/backup/drills/" + day + ".jws", 65536))) ==
        report.jws);
  CHECK(!fs::exists(world.data_directory() + "/backup/drill"));
  CHECK(must(Journal::text_of({world.data_directory() + "/journal"})) == journal);
  CHECK(must(world.app->key_holder()->has_person_key({world.holder.account_id})));
  world.send_well(world.account_request(world.holder, "GET", "/api/v1/history"), 200);
  // A drill that gets no answer is none.
  CHECK(!service.drill([](const std::string&) -> Status { return fail(ErrorCode::io_error); }).has_value());
}

TEST_CASE("whoever only tries something out makes, destroys and rotates no key") {
  TestWorld& world = backed().world;
  const auto keys = world.app->key_holder();
  const auto read_only = read_only_keys(keys);
  CHECK(read_only->create_person_key({"somebody"}).error().code == ErrorCode::keyd_purpose_not_allowed);
  CHECK(read_only->destroy_person_key({world.holder.account_id}).error().code == ErrorCode::keyd_purpose_not_allowed);
  CHECK(read_only->rotate_epoch().error().code == ErrorCode::keyd_purpose_not_allowed);
  CHECK(must(keys->has_person_key({world.holder.account_id})));
  CHECK(read_only->destroy_person_key({"nobody"}).has_value());
}

TEST_CASE("the second repository takes what is signed, and nobody but its owner takes anything away") {
  Backed& b = backed();
  TestRepository first, second;
  BackupOptions options = options_for(b.world, first);
  options.state_directory = first.directory.file("state");
  BackupService service(options, b.world.clock, b.world.rng);
  must(service.run(no_progress));
  CopyOptions copy{
      .from = first.options, .to = second.options, .public_key = b.world.data_directory() + "/keys/backup.pub"};
  const CopyReport report = must(copy_generations(copy));
  CHECK(report.copied == std::vector<std::int64_t>{1});
  CHECK(must(copy_generations(copy)).copied.empty());
  // A generation that the repository's password alone made.
  const TempDir planted;
  fetch(first, planted);
  std::ofstream(folder_of(planted) + "/data/mibun.db", std::ios::app) << "x";
  plant(first, planted, 2, b.world.clock.now());
  CHECK(must(copy_generations(copy)).refused == std::vector<std::int64_t>{2});
  // The writer's repository is destroyed, as by whoever got into the server.
  fs::remove_all(first.options.repository);
  CHECK(!copy_generations(copy).has_value());
  const auto remains = remains_of(b.world.data_directory());
  const TempDir target;
  must(restore(restore_options(second, *remains, 1, target.file("data")), b.world.rng, no_restore_progress));
  if (::getuid() == 0) {
    // Another user than the owner of the second repository cannot remove from it, with its password in hand.
    const TempDir place;
    fs::permissions(place.path(), fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    const std::string password = place.write("password", "a password of a test\n");
    fs::permissions(password, fs::perms::others_read | fs::perms::owner_read);
    const auto forget = [&](const char* user) {
      return std::system(("setpriv --reuid=" + std::string(user) +
                          " --clear-groups env RESTIC_PASSWORD_FILE=" + password + " restic --no-cache --repo " +
                          second.options.repository + " forget --keep-tag none >/dev/null 2>&1")
                             .c_str());
    };
    CHECK(forget("65534") != 0);
    CHECK(must(second.repository().snapshots()).size() == 1);
  }
}

TEST_CASE("a backup that fails is tried again, and is an alarm within a quarter of an hour and a minute") {
  TestWorld& world = backed().world;
  TestRepository repository;
  BackupOptions options = options_for(world, repository);
  options.state_directory = repository.directory.file("state");
  options.repository.password_file = repository.directory.file("missing");
  BackupService service(options, world.clock, world.rng);
  BackupHealth health;
  std::map<std::string, int> events;
  Scheduler scheduler(service, [](const std::string&) { return Status(); }, health, world.clock,
                      {.counted = [&](std::string_view event) { ++events[std::string(event)]; }});
  const auto minutes = [&](int count, bool works) {
    for (int i = 0; i < count; ++i) {
      if (works) scheduler.tick();
      scheduler.watch();
      world.clock.advance(std::chrono::minutes(1));
    }
  };
  CHECK(health.state() == BackupHealth::State::waiting);
  minutes(15, true);
  CHECK(health.state() == BackupHealth::State::failed);
  CHECK(events["backup_failed"] == 3);
  CHECK(events["backup_late"] == 0);
  minutes(2, true);
  CHECK(health.state() == BackupHealth::State::late);
  CHECK(events["backup_late"] == 1);
  minutes(30, true);
  CHECK(events["backup_late"] == 1);  // once for each that is due
  repository.directory.write("missing", "a password of a test\n");
  minutes(6, true);
  CHECK(health.state() == BackupHealth::State::ok);
  CHECK(events["backup_made"] == 1);
  CHECK(events["restore_drilled"] == 1);
  // The thread that works hangs: nobody calls tick().
  world.clock.set(last_due(world.clock.now(), 3) + std::chrono::hours(24));
  minutes(15, false);
  CHECK(health.state() == BackupHealth::State::ok);
  minutes(2, false);
  CHECK(health.state() == BackupHealth::State::late);
  CHECK(events["backup_late"] == 2);
}

}  // namespace mibun::server::backup
