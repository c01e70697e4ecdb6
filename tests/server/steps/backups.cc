#include "tests/server/steps/backups.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "server/backup/catalogue.h"
#include "server/backup/service.h"

namespace mibun::server {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPassword = "a password of a test\n";  // of tests/vectors/restic-empty
constexpr auto kDay = std::chrono::hours(24);
const std::vector<std::string> kScratch{"data/backup/staging/", "data/backup/verify-1/", "data/backup/verify-2/",
                                        "data/backup/drill/"};

// Midnight in Japan, plus a minute: what is made on one day is one generation.
Instant today() {
  constexpr std::int64_t kJapan = 9LL * 60 * 60, kDaySeconds = 24LL * 60 * 60;
  const std::int64_t now = SystemClock().now().unix_seconds() + kJapan;
  return Instant::from_unix_seconds(now - now % kDaySeconds - kJapan + 60);
}

// Every generation that is listed can be read back, and the one that has to be there is.
std::string verifies(const std::string& folder, int wanted) {
  if (const Said verified = backup_command(folder, {"verify"}); !verified.well) return "verify: " + verified.text;
  return verdict_of(folder, wanted) == "good" ? "" : "generation " + std::to_string(wanted) + " is not good any more";
}

std::string scraps_in(const std::string& state) {
  for (const char* name : {"staging", "verify-1", "verify-2", "drill"}) {
    if (fs::exists(state + "/" + name)) return std::string("left behind: ") + name;
  }
  return {};
}

// `mibun backup`: a third generation, by which the second of the same day expires.
class BackupByCommand : public Operation {
 public:
  std::string name() const override { return "backup by the command"; }
  long calls_min() const override { return 400; }
  std::vector<std::string> steps_wanted() const override {
    return {"pwrite data/backup/staging/generation/data/mibun.db", "rename data/backup/catalogue.json"};
  }
  std::size_t calls_of_short_run() const override { return 1; }
  std::vector<std::string> scratch() const override { return kScratch; }
  std::string before() override {
    if (before_.empty()) {
      before_ = fresh_folder("before " + name());
      begin_repository(before_);
      make_generation(before_, today() - kDay);
      make_generation(before_, today());
    }
    return before_;
  }
  bool perform(const Try& one) override { return backup_command(one.folder, {}, one.disk(one.data())).well; }
  std::string judge(const Try& one, bool acknowledged) override {
    if (verdict_of(one.folder, 1) != "good") return "the generation of yesterday is gone, or bad";
    const bool has_second = verdict_of(one.folder, 2) == "good", has_third = verdict_of(one.folder, 3) == "good";
    if (acknowledged && !has_third) return "the generation that was made is not there";
    if (!has_second && !has_third) return "there is no generation of today";
    if (!acknowledged) {
      if (const Said again = backup_command(one.folder, {}); !again.well) return "once more: " + again.text;
    }
    if (std::string scraps = scraps_in(one.data() + "/backup"); !scraps.empty()) return scraps;
    return verifies(one.folder, 1);
  }

 private:
  std::string before_;
};

// The same, cut off where restic writes into the repository: in what it stores, in its notes, in what it takes away.
class BackupInRepository final : public BackupByCommand {
 public:
  std::string name() const override { return "backup in the repository"; }
  long calls_min() const override { return 40; }
  std::vector<std::string> steps_wanted() const override {
    return {"rename repository/data/*/*", "rename repository/snapshots/*", "unlink repository/snapshots/*",
            "unlink repository/data/*/*", "unlink repository/locks/*"};
  }
  std::vector<std::string> scratch() const override { return {}; }
  bool perform(const Try& one) override {
    const std::string bin = one.folder + "/bin", counter = one.report;
    fs::create_directory(bin);
    fs::create_symlink(MIBUN_CUT_PROGRAM, bin + "/restic");
    std::ofstream(bin + "/plan") << MIBUN_RESTIC << "\n"
                                 << one.folder << "/repository\n"
                                 << (one.way == Way::whole ? 0 : one.call) << "\n"
                                 << one.trace << "\n"
                                 << counter << "\n";
    const std::string path = bin + ":" + std::getenv("PATH");
    const bool well = backup_command(one.folder, {}, {"PATH=" + path}).well;
    return well;
  }
};

// `mibun serve`, which finds that a backup is due: the generation and the drill after it.
class BackupByServer final : public Operation {
 public:
  std::string name() const override { return "backup by the server"; }
  long calls_min() const override { return 600; }
  std::vector<std::string> steps_wanted() const override {
    return {"pwrite data/backup/staging/generation/data/mibun.db", "rename data/backup/catalogue.json"};
  }
  std::size_t calls_of_short_run() const override { return 1; }
  std::vector<std::string> scratch() const override { return kScratch; }
  std::string before() override {
    if (before_.empty()) {
      before_ = fresh_folder("before " + name());
      begin_repository(before_);
      make_generation(before_, today() - 2 * kDay);
    }
    return before_;
  }
  bool perform(const Try& one) override {
    const std::string config = write_backup_config(one.folder);
    ServerProcess server(one.data(), config, one.disk(one.data() + "/backup"));
    const bool done = wait_until_done(server, one.data());
    if (one.way == Way::killed) {
      server.kill();
    } else {
      static_cast<void>(server.stop());
    }
    return done;
  }
  std::string judge(const Try& one, bool acknowledged) override {
    if (verdict_of(one.folder, 1) != "good") return "the generation of before is gone, or bad";
    if (acknowledged && verdict_of(one.folder, 2) != "good") return "the generation that was made is not there";
    {
      ServerProcess server(one.data(), write_backup_config(one.folder), {});
      if (!server.is_ready()) return "it does not start again";
      if (!wait_until_done(server, one.data())) return "no backup was made by the next start";
      if (const int code = server.stop(); code != 0) return "it ends with " + std::to_string(code);
    }
    if (std::string scraps = scraps_in(one.data() + "/backup"); !scraps.empty()) return scraps;
    if (std::string wrong = verifies(one.folder, 1); !wrong.empty()) return wrong;
    Model model = stage().model();
    return serves_everybody(one.data(), model);
  }

 private:
  // False: the server ended, or made none within a minute.
  static bool wait_until_done(ServerProcess& server, const std::string& data) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (std::chrono::steady_clock::now() < until) {
      const auto notes = backup::Catalogue::read_notes(data + "/backup");
      const Instant due = today() - kDay;
      if (notes && notes->last_good_at && *notes->last_good_at > due && notes->last_drill_at) return true;
      if (server.wait(std::chrono::milliseconds(20)) >= 0) return false;
    }
    return false;
  }
  std::string before_;
};

}  // namespace

void begin_repository(const std::string& folder) {
  copy_folder(stage().world().data_directory(), folder + "/data");
  fs::copy(fs::path(MIBUN_VECTORS) / "restic-empty", folder + "/repository", fs::copy_options::recursive);
  for (const char* name : {"data", "index", "locks", "snapshots"}) {
    fs::create_directory(folder + "/repository/" + name);
  }
  fs::remove(folder + "/repository/SOURCE.txt");
  std::ofstream(folder + "/password") << kPassword;
}

std::string write_backup_config(const std::string& folder) {
  const Bytes text = must(files::read_file(stage().config_file(), 1 << 20));
  json::Object config = must(json::parse_object(as_text(text)));
  config["backup"] = json::Object{{"repository", folder + "/repository"}, {"password_file", folder + "/password"}};
  std::ofstream(folder + "/config.json") << json::serialize(config);
  return folder + "/config.json";
}

void make_generation(const std::string& folder, Instant made_at) {
  backup::BackupOptions options;
  options.sources.data_directory = folder + "/data";
  options.sources.origin = std::string(kOrigin);
  options.repository = {.repository = folder + "/repository", .password_file = folder + "/password"};
  const ManualClock clock(made_at);
  crypto::SystemRng rng;
  must(backup::BackupService(options, clock, rng).run([](backup::Step, std::int64_t) {}));
}

Said backup_command(const std::string& folder, std::vector<std::string> words, std::vector<std::string> environment) {
  words.insert(words.begin(), "backup");
  words.insert(words.end(),
               {"--data", folder + "/data", "--config", write_backup_config(folder), "--origin", std::string(kOrigin)});
  return run_mibun(std::move(words), std::move(environment));
}

std::string verdict_of(const std::string& folder, int generation) {
  std::istringstream lines(backup_command(folder, {"list"}).text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(std::to_string(generation) + "  ")) continue;
    for (const char* verdict : {"good", "damaged", "not verified"}) {
      if (line.find(std::string("  ") + verdict) != std::string::npos) return verdict;
    }
  }
  return {};
}

std::unique_ptr<Operation> backup_by_command() {
  return std::make_unique<BackupByCommand>();
}
std::unique_ptr<Operation> backup_in_repository() {
  return std::make_unique<BackupInRepository>();
}
std::unique_ptr<Operation> backup_by_server() {
  return std::make_unique<BackupByServer>();
}

}  // namespace mibun::server
