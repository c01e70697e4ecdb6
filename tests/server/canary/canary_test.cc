#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "platform/log/log.h"
#include "tests/server/backup/backup_world.h"
#include "tests/server/canary/crowd.h"
#include "tests/server/canary/half_sent.h"
#include "tests/server/canary/many.h"
#include "tests/server/canary/places.h"
#include "tests/server/canary/search.h"
#include "tests/server/canary/talk.h"
#include "tests/server/canary/thief.h"
#include "tests/server/killed/stage.h"

// Promises WP-03a to 03c and 08a. A crowd registers over eight days of a virtual clock, each with a backup by the real
// restic; then some of them delete their accounts at the real `mibun serve`. Their values are in no byte of the data,
// of the server's memory, of the seven generations as they lie in the repository and as they come back, right then and
// when all seven were made anew; and copies of the key table that were stolen on each of these days open nothing of
// theirs. Everybody else has everything. MIBUN_CANARY_PEOPLE and MIBUN_CANARY_ERASE say how many (tools/canary).
namespace mibun::server {
namespace {

namespace fs = std::filesystem;
using backup::BackupService;
using backup::Listed;

constexpr int kDaysBefore = 8, kGenerations = 7;
constexpr auto kDay = std::chrono::hours(24);
constexpr unsigned kThreads = 8;    // who register at the same time
constexpr std::size_t kWires = 4;   // connections that stay open
constexpr std::size_t kSample = 3;  // of the living, asked for in each restored generation
constexpr auto kPatience = std::chrono::seconds(20);

int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : static_cast<int>(std::strtol(text, nullptr, 10));
}

// For whoever waits for a thousand people.
void say(const std::string& what) {
  static const auto began = std::chrono::steady_clock::now();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  std::fprintf(stderr, "%5lld s  %s\n", static_cast<long long>(seconds.count()), what.c_str());
}

// Where programs leave temporary files, for as long as this lives.
class OwnTemporaryFolder {
 public:
  OwnTemporaryFolder() {
    if (const char* text = std::getenv("TMPDIR")) before_ = text;
    ::setenv("TMPDIR", directory_.path().c_str(), 1);
  }
  ~OwnTemporaryFolder() {
    if (before_.empty()) {
      ::unsetenv("TMPDIR");
    } else {
      ::setenv("TMPDIR", before_.c_str(), 1);
    }
  }
  OwnTemporaryFolder(const OwnTemporaryFolder&) = delete;
  OwnTemporaryFolder& operator=(const OwnTemporaryFolder&) = delete;
  std::string path() const { return directory_.path().string(); }

 private:
  TempDir directory_{TempDir::Place::memory};
  std::string before_;
};

// One run, from the first registration to the last look. Each step checks what has to hold after it.
class Run {
 public:
  Run(int people, int goes)
      : world_({}, SystemClock().now() - (kDaysBefore - 1) * kDay - std::chrono::hours(1)),
        crowd_(world_, people, goes),
        search_(crowd_.scanner()),
        service_(backup::options_for(world_, repository_), world_.clock, world_.rng) {}

  void eight_days();
  void delete_at_the_real_server();
  void evening_of_the_deletion();
  void until_all_generations_are_new();
  void the_living_have_everything();
  std::string table() const { return search_.table() + tried_; }

 private:
  void back_up();
  std::string steal();
  void check_nothing(const Searched& searched) {
    CAPTURE(searched.what);
    CHECK(Searched::in_words(searched.erased) == "");
    CHECK(Searched::in_words(searched.living) == "");
  }
  void look_at_disk(const std::string& when);
  void look_at_memory(const std::string& when, const ServerProcess& server);
  void check_that_the_search_sees_memory(const ServerProcess& server);
  CanaryScanner keys_of_today();
  void look_for_keys(const CanaryScanner& keys, const ServerProcess& server);
  void exercise(std::size_t first_late);
  void look_at_generation(const Listed& listed, const Thief& thief, const std::string& when);
  void look_at_restored(const Listed& listed, const Thief& thief, const std::string& when);
  void check_people_of_restored(App& app, std::int64_t generation);
  Thief thief_of_today();
  void tell(const std::string& who, const Thief& thief, const Thief::Loot& erased, const Thief::Loot& living);
  template <class Deed>
  void for_each_of(bool those_who_go, const Deed& deed) {
    for (Planted& person : crowd_.people()) {
      if (person.goes == those_who_go) deed(person);
    }
  }
  std::string keyd() const { return world_.data_directory() + "/keyd"; }

  OwnTemporaryFolder temporary_;
  TestWorld world_;
  Crowd crowd_;
  Search search_;
  backup::TestRepository repository_;
  BackupService service_;
  TempDir stolen_{TempDir::Place::memory};
  int thefts_ = 0;
  std::vector<std::string> stolen_tables_;      // a folder for each backup day before the deletion
  std::vector<std::size_t> planted_on_day_{0};  // how many people there were in that day's generation
  std::string tried_;
};

void Run::back_up() {
  must(world_.app->purge_expired());  // with the daily rotation of the epoch key
  const auto report = must(service_.run(backup::no_progress));
  CHECK(report.bad.empty());
}

// What a thief finds today in the key holder's folder.
std::string Run::steal() {
  const std::string folder = stolen_.file(std::to_string(++thefts_));
  fs::copy(keyd(), folder, fs::copy_options::recursive);
  fs::permissions(folder, fs::perms::owner_all);
  return folder;
}

void Run::eight_days() {
  // The last few come to the real server later.
  const std::size_t all = crowd_.people().size() - std::max<std::size_t>(3, crowd_.people().size() / 50);
  std::size_t planted = 0;
  for (std::size_t day = 1; day <= kDaysBefore; ++day) {
    if (day > 1) world_.clock.advance(kDay);
    const std::size_t until = all * day / kDaysBefore;
    say("day " + std::to_string(day) + ": people " + std::to_string(planted) + " to " + std::to_string(until));
    crowd_.plant(planted, until, kThreads);
    planted = until;
    planted_on_day_.push_back(planted);
    back_up();
    stolen_tables_.push_back(steal());
  }
  CHECK(must(service_.list()).size() == kGenerations);
  look_at_disk("the server's files, nobody deleted");
}

void Run::look_at_disk(const std::string& when) {
  log::flush();
  check_nothing(search_.files(when, world_.directory_.path().string()));
  check_nothing(search_.files("temporary files", temporary_.path()));
  check_nothing(search_.files("the repository", repository_.options.repository));
}

// Nobody's value stays. What is being sent to a push service at this moment (at most five seconds) may be in memory in
// the first look, and is somebody else's in the next. A build with a sanitizer keeps freed memory on purpose: there it
// is counted and not judged.
void Run::look_at_memory(const std::string& when, const ServerProcess& server) {
  const Searched searched = search_.memory("memory: " + when, server.pid());
  CHECK(searched.bytes > 10'000'000);
  CHECK(searched.missing < searched.bytes / 100);
#ifndef MIBUN_SANITIZED
  std::set<std::string> still = searched.whose;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!still.empty() && std::chrono::steady_clock::now() < until) {
    const std::set<std::string> now = Search(crowd_.scanner()).memory(when, server.pid()).whose;
    std::erase_if(still, [&](const std::string& name) { return !now.contains(name); });
  }
  CAPTURE(when);
  std::string names;
  for (const std::string& name : still) names += name + "; ";
  CHECK(names == "");
#endif
}

// The same search, while the server has a living person's value in its hands in each form that is looked for.
void Run::check_that_the_search_sees_memory(const ServerProcess& server) {
  CanaryScanner scanner;
  scanner.add("living control", world_.rng.bytes(32));
  std::string body;
  for (const std::string& form : scanner.forms_of("living control")) body += "--" + form + "--";
  const std::set<std::string> sent = scanner.forms_in(to_bytes(body), "living control");
  std::set<std::string> seen;
  const auto look = [&] {
    seen.clear();
    visit_memory(server.pid(),
                 [&](const Place& place) { seen.merge(scanner.forms_in(place.content, "living control")); });
    return seen.size();
  };
  const auto look_until = [&](std::size_t wanted) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (look() != wanted && std::chrono::steady_clock::now() < until) {
    }
  };
  {
    const HalfSent half(server.port(), world_.data_directory() + "/keys/tls-root.crt", body);
    look_until(sent.size());
    CHECK(sent.size() >= 12);  // of 18, of which base64 and base64url may be the same
    CHECK(seen == sent);
  }
#ifndef MIBUN_SANITIZED
  look_until(0);  // the connection is gone, and with it what it had sent
  CHECK(seen.empty());
#endif
}

void Run::exercise(std::size_t first_late) {
  crowd_.plant(first_late, crowd_.people().size(), 1);
  for_each_of(true, [&](Planted& person) { crowd_.look_around(person); });
  std::size_t living = 0;
  for_each_of(false, [&](Planted& person) {
    if (living++ < 2 * kSample) crowd_.look_around(person);
  });
}

void Run::delete_at_the_real_server() {
  say("the real server, and who deletes their account there");
  world_.app.reset();
  ServerProcess server(world_.data_directory(), write_server_config(world_), {});
  REQUIRE(server.is_ready());
  auto talk = std::make_unique<Talk>(world_, server, kWires);
  exercise(planted_on_day_.back());
  look_at_memory("everybody was served, nobody deleted", server);
  const CanaryScanner keys = keys_of_today();
  for_each_of(true, [&](Planted& person) { crowd_.erase(person); });
  look_at_memory("the last deletion was answered", server);
  look_for_keys(keys, server);
  check_that_the_search_sees_memory(server);
  for_each_of(true, [&](Planted& person) { crowd_.check_is_gone(person); });
  std::size_t living = 0;
  for_each_of(false, [&](Planted& person) {
    if (living++ < 2 * kSample) crowd_.check_has_everything(person);
  });
  look_at_memory("others were served after it", server);
  look_at_disk("the server's files, after the deletion");
  talk.reset();
  CHECK(server.stop() == 0);
  look_at_disk("the server's files, stopped");
  world_.app = must(App::open(world_.config, world_.clock, world_.rng));
}

CanaryScanner Run::keys_of_today() {
  Thief thief;
  const std::string folder = steal();
  thief.take_table(folder);
  thief.take_epoch_keys(folder);
  thief.unwrap();
  const auto erased = crowd_.accounts(true);
  CHECK(thief.keys_of(erased) == erased.size());
  return thief.search_for_keys(erased);
}

// Here the server is its own key holder: it has the keys of the living, and none of who was erased.
void Run::look_for_keys(const CanaryScanner& keys, const ServerProcess& server) {
  const Searched searched = Search(keys).memory("keys", server.pid());
  CHECK(!searched.living.empty());
#ifndef MIBUN_SANITIZED
  CHECK(Searched::in_words(searched.erased) == "");
#endif
}

Thief Run::thief_of_today() {
  Thief thief;
  for (const std::string& table : stolen_tables_) thief.take_table(table);
  thief.take_table(steal());
  thief.take_epoch_keys(keyd());
  thief.unwrap();
  return thief;
}

void Run::tell(const std::string& who, const Thief& thief, const Thief::Loot& erased, const Thief::Loot& living) {
  char line[300];
  std::snprintf(line, sizeof line,
                "%s: %zu tables, %zu epoch keys; of the erased %zu records there, %zu tries, %zu opened; of the living "
                "%zu there, %zu opened, %zu files\n",
                who.c_str(), thief.tables(), thief.epoch_keys(), erased.records, erased.tries, erased.opened,
                living.records, living.opened, living.files);
  tried_ += line;
}

// The bytes of a generation as whoever has the repository and its password gets them: no journal, nothing settled.
void Run::look_at_generation(const Listed& listed, const Thief& thief, const std::string& when) {
  CAPTURE(listed.number);
  say("generation " + std::to_string(listed.number) + ", " + when);
  const TempDir directory{TempDir::Place::memory};
  must(repository_.repository().restore(listed.snapshot, directory.path().string()));
  check_nothing(search_.files("7 generations, their files, " + when, directory.path().string()));
  const std::string data = directory.file("generation") + "/data";
  const Thief::Loot erased = thief.read(data, crowd_.accounts(true)), living = thief.read(data, crowd_.accounts(false));
  CHECK(erased.opened == 0);
  CHECK(living.opened == living.records);  // the control: with today's keys this program does open
  CHECK(living.files > 0);
  tell("generation " + std::to_string(listed.number) + ", " + when, thief, erased, living);
}

void Run::check_people_of_restored(App& app, std::int64_t generation) {
  world_.elsewhere = [&app](const TestRequest& request) { return send_to(app, request); };
  for_each_of(true, [&](Planted& person) { crowd_.check_is_gone(person); });
  std::size_t asked = 0;
  const std::size_t day = std::min(static_cast<std::size_t>(generation), planted_on_day_.size() - 1);
  for (std::size_t i = planted_on_day_[day]; i-- > 0 && asked < kSample;) {
    if (crowd_.people()[i].goes) continue;
    crowd_.check_has_everything(crowd_.people()[i]);
    ++asked;
  }
  CHECK(asked == kSample);
  world_.elsewhere = nullptr;
}

// As `mibun restore` does it, with the journal; then a server opens it.
void Run::look_at_restored(const Listed& listed, const Thief& thief, const std::string& when) {
  CAPTURE(listed.number);
  const auto remains = backup::remains_of(world_.data_directory());
  const TempDir directory{TempDir::Place::memory};
  Config config = world_.config;
  config.data_directory = directory.file("data");
  // The key holder is moved there from the system's temporary folder: a rename, so on the same file system.
  const TempDir keyd_place{TempDir::Place::memory};
  fs::copy(remains->keyd, keyd_place.file("keyd"), fs::copy_options::recursive);
  backup::RestoreOptions options = backup::restore_options(repository_, *remains, listed.number, config.data_directory);
  options.keyd_directory = keyd_place.file("keyd");
  must(backup::restore(options, world_.rng, backup::no_restore_progress));
  {
    const auto app = must(App::open(config, world_.clock, world_.rng));
    check_people_of_restored(*app, listed.number);
  }
  check_nothing(search_.files("7 generations, restored, " + when, directory.path().string()));
  CHECK(thief.read(config.data_directory, crowd_.accounts(true)).opened == 0);
}

void Run::evening_of_the_deletion() {
  // Whoever copied a table and the epoch key of its day has what that day's data says. It cannot be taken back, and it
  // shows that the program of the thief can read the erased if it has the keys.
  Thief then;
  for (const std::string& table : stolen_tables_) {
    then.take_table(table);
    then.take_epoch_keys(table);
  }
  then.unwrap();
  // Whoever has the last table and the epoch key of today has it until the rotation.
  Thief before_rotation;
  before_rotation.take_table(stolen_tables_.back());
  before_rotation.take_epoch_keys(keyd());
  before_rotation.unwrap();
  CHECK(before_rotation.keys_of(crowd_.accounts(true)) > 0);

  world_.clock.advance(kDay);
  must(world_.app->purge_expired());  // the daily rotation
  const Thief thief = thief_of_today();
  CHECK(thief.keys_of(crowd_.accounts(true)) == 0);
  CHECK(thief.keys_of(crowd_.accounts(false)) == crowd_.accounts(false).size());
  CHECK(thief.epoch_keys() == 1);
  const auto generations = must(service_.list());
  REQUIRE(generations.size() == kGenerations);
  for (const Listed& one : generations) {
    look_at_generation(one, thief, "after the deletion");
    look_at_restored(one, thief, "after the deletion");
  }
  const TempDir directory{TempDir::Place::memory};
  must(repository_.repository().restore(generations.back().snapshot, directory.path().string()));
  const std::string data = directory.file("generation") + "/data";
  const Thief::Loot erased = then.read(data, crowd_.accounts(true));
  CHECK(erased.records > 0);
  CHECK(erased.opened == erased.records);
  CHECK(erased.files > 0);
  tell("who stole tables AND their epoch keys", then, erased, then.read(data, crowd_.accounts(false)));
}

void Run::until_all_generations_are_new() {
  for (int day = 1; day <= kGenerations; ++day) {
    if (day > 1) world_.clock.advance(kDay);
    say("day " + std::to_string(kDaysBefore + day));
    back_up();
  }
  const auto generations = must(service_.list());
  REQUIRE(generations.size() == kGenerations);
  CHECK(generations.front().number == kDaysBefore + 1);
  const Thief thief = thief_of_today();
  for (const Listed& one : generations) {
    look_at_generation(one, thief, "seven days later");
    look_at_restored(one, thief, "seven days later");
  }
  look_at_disk("the server's files, seven days later");
}

void Run::the_living_have_everything() {
  say("everybody is asked for what they had");
  std::vector<Planted*> living;
  for_each_of(false, [&](Planted& person) { living.push_back(&person); });
  many_at_a_time(living.size(), kThreads, [&](std::size_t i) { crowd_.check_has_everything(*living[i]); });
  for_each_of(true, [&](Planted& person) { crowd_.check_is_gone(person); });
  tried_ += "living people who have everything: " + std::to_string(living.size()) + "\n";
}

}  // namespace

TEST_CASE("who deleted the account is in no byte that is left, and no stolen key table opens anything of theirs") {
  Run run(from_environment("MIBUN_CANARY_PEOPLE", 30), from_environment("MIBUN_CANARY_ERASE", 6));
  run.eight_days();
  run.delete_at_the_real_server();
  run.evening_of_the_deletion();
  run.until_all_generations_are_new();
  run.the_living_have_everything();
  std::printf("%s", run.table().c_str());
}

}  // namespace mibun::server
