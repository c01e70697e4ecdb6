#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "server/backup/scheduler.h"
#include "server/backup/signing_key.h"
#include "server/backup/tree.h"
#include "tests/server/backup/backup_world.h"

// Thirty days in a minute: promise WP-11a and WP-11b. Each day's run reads every generation back and verifies it; once
// in seven days each of them is restored to a server of its own besides.
namespace mibun::server::backup {
namespace {

namespace fs = std::filesystem;

constexpr int kDays = 30;

// A file of that day, which nothing else contains: its bytes must be in the repository as long as its generation.
std::string marker_of(int day) {
  std::string text;
  for (int i = 0; i < 64; ++i) text += "day " + std::to_string(day) + " of the month, line " + std::to_string(i) + "\n";
  return text;
}

std::uintmax_t bytes_in(const std::string& folder) {
  std::uintmax_t total = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) total += entry.file_size();
  }
  return total;
}

void check_restorable(TestWorld& world, const TestRepository& repository, const Listed& listed) {
  CAPTURE(listed.number);
  const auto remains = remains_of(world.data_directory());
  const TempDir target;
  const Manifest manifest = must(restore(restore_options(repository, *remains, listed.number, target.file("data")),
                                         world.rng, no_restore_progress));
  CHECK(manifest.made_at == listed.made_at);
  Config config = world.config;
  config.data_directory = target.file("data");
  const auto app = must(App::open(config, world.clock, world.rng));
  CHECK(send_to(*app, {.target = "/readyz"}).status() == 200);
}

}  // namespace

TEST_CASE(
    "thirty days: as many good generations as days up to seven, each of them restorable, and the eighth is gone") {
  TestWorld world;
  TestRepository repository;
  BackupOptions options = options_for(world, repository);
  fs::create_directory(world.data_directory() + "/blobs");
  options.sources.file_folders["blobs"] = world.data_directory() + "/blobs";
  BackupService service(options, world.clock, world.rng);
  BackupHealth health;
  std::map<std::string, int> events;
  Scheduler scheduler(service, [](const std::string&) { return Status(); }, health, world.clock,
                      {.counted = [&](std::string_view event) { ++events[std::string(event)]; }});
  Bytes previous;
  std::vector<std::string> gone;
  for (int day = 1; day <= kDays; ++day) {
    CAPTURE(day);
    for (const auto& old : fs::directory_iterator(world.data_directory() + "/blobs")) fs::remove(old);
    std::ofstream(world.data_directory() + "/blobs/of-the-day") << marker_of(day);
    world.register_device();
    scheduler.tick();
    scheduler.watch();
    REQUIRE(events["backup_made"] == day);
    CHECK(health.state() == BackupHealth::State::ok);

    const auto generations = must(service.list());
    REQUIRE(generations.size() == static_cast<std::size_t>(std::min(day, 7)));
    for (std::size_t i = 0; i < generations.size(); ++i) {
      CHECK(generations[i].number == day - static_cast<int>(generations.size()) + 1 + static_cast<int>(i));
      CHECK(generations[i].verdict == Verdict::good);
      CHECK(generations[i].verified_at == world.clock.now());
    }
    if (day == 1 || day == kDays) {
      for (const Listed& one : generations) check_restorable(world, repository, one);
    }
    world.clock.set(last_due(world.clock.now(), 3) + std::chrono::hours(24) + std::chrono::seconds(1));
  }
  CHECK(events["backup_failed"] == 0);
  CHECK(events["backup_late"] == 0);
  CHECK(events["restore_drilled"] == kDays);

  // Each manifest names the one before; and what only the removed ones had is in no generation and no pack.
  const auto key = must(read_public_key(world.data_directory() + "/keys/backup.pub"));
  std::uintmax_t content = 0;
  for (const Listed& one : must(service.list())) {
    CAPTURE(one.number);
    const TempDir directory;
    must(repository.repository().restore(one.snapshot, directory.path().string()));
    const std::string folder = directory.file("generation");
    const Manifest manifest = must(verify_tree(folder, key));
    const std::string jws = directory.read("generation/manifest.jws");
    if (!previous.empty()) CHECK(manifest.previous == previous);
    const auto digest = crypto::sha256(jws);
    previous = Bytes(digest.begin(), digest.end());
    CHECK(directory.read("generation/data/blobs/of-the-day") == marker_of(static_cast<int>(one.number)));
    content = std::max(content, bytes_in(folder));
  }
  // Seven days of small changes, and not thirty whole databases.
  CHECK(bytes_in(repository.options.repository) < 8 * content);
}

}  // namespace mibun::server::backup
