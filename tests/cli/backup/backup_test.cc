#include <doctest/doctest.h>

#include <filesystem>

#include "core/crypto/hash.h"
#include "server/app/app.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

// `mibun backup` and `mibun restore` on the data of a server that ran here.
namespace mibun::cli {
namespace {

namespace fs = std::filesystem;

class Machine {
 public:
  Machine() {
    const SystemClock clock;
    crypto::SystemRng rng;
    server::Config config;
    config.data_directory = data;
    config.public_origin = "https://localhost:8443";
    config.rp_id = "localhost";
    config.webauthn_origins = {config.public_origin};
    must(server::App::open(config, clock, rng));
    directory.write("password", "a password of a test\n");
    directory.write("config.json", R"({"backup":{"repository":")" + repository + R"(","password_file":")" +
                                       directory.file("password") + R"("},"journal_directories":[")" +
                                       directory.file("journal") + R"("]})");
  }

  ProcessResult run(std::vector<std::string> arguments, const char* language = "en") const {
    arguments.insert(arguments.begin(), {MIBUN_PROGRAM, "--lang", language});
    return run_process(arguments, {.timeout = std::chrono::minutes(2)});
  }
  ProcessResult backup(std::vector<std::string> arguments, const char* language = "en") const {
    arguments.insert(arguments.begin(), "backup");
    arguments.insert(arguments.end(), {"--data", data, "--config", directory.file("config.json")});
    return run(std::move(arguments), language);
  }

  TempDir directory;
  std::string data = directory.file("data"), repository = directory.file("repository");
};

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("back up, list, verify, drill, copy and restore, as the manual says it") {
  const Machine machine;
  const ProcessResult made = machine.backup({}, "ja");
  INFO(made.out << made.err);
  REQUIRE(made.exit_code == 0);
  CHECK(says(made.out, "世代 1"));
  CHECK(says(made.out, "読み戻して"));
  const ProcessResult listed = machine.backup({"list"});
  CHECK(listed.exit_code == 0);
  CHECK(says(listed.out, "+09:00  good"));
  CHECK(machine.backup({"verify"}).exit_code == 0);
  const ProcessResult drilled = machine.backup({"drill"});
  INFO(drilled.out << drilled.err);
  CHECK(drilled.exit_code == 0);
  CHECK(says(drilled.out, "Restored and answered: generation 1"));

  const std::string password = machine.directory.file("password");
  const ProcessResult copied = machine.run({"backup", "copy", "--from", machine.repository, "--from-password-file",
                                            password, "--public-key", machine.data + "/keys/backup.pub", "--repository",
                                            machine.directory.file("vault"), "--password-file", password});
  CHECK(copied.exit_code == 0);
  CHECK(says(copied.out, "copied: generation 1"));

  const std::string fresh = machine.directory.file("fresh");
  const std::vector<std::string> restore{"restore",
                                         "--repository",
                                         machine.directory.file("vault"),
                                         "--password-file",
                                         password,
                                         "--generation",
                                         "1",
                                         "--data",
                                         fresh,
                                         "--keys",
                                         machine.data + "/keys",
                                         "--keyd-directory",
                                         machine.data + "/keyd",
                                         "--journal",
                                         machine.data + "/journal"};
  const ProcessResult restored = machine.run(restore);
  INFO(restored.out << restored.err);
  REQUIRE(restored.exit_code == 0);
  CHECK(says(restored.out, "Restored: generation 1"));
  CHECK(fs::exists(fresh + "/keyd/keyd.db"));
  CHECK(fs::exists(fresh + "/keyd.memory"));
  CHECK(!fs::exists(machine.data + "/keyd.memory"));  // what it remembers goes where the table goes
  CHECK(!fs::exists(fresh + "/restored.json"));
  const ProcessResult again = machine.run(restore);
  CHECK(again.exit_code == 1);
  CHECK(says(again.err, "restore_target_not_empty"));
}

TEST_CASE("a damaged repository, a wrong password and a misspelt directory are refused with a sentence") {
  const Machine machine;
  REQUIRE(machine.backup({}).exit_code == 0);
  fs::path largest;
  for (const auto& entry : fs::recursive_directory_iterator(machine.repository + "/data")) {
    if (entry.is_regular_file() && (largest.empty() || entry.file_size() > fs::file_size(largest))) {
      largest = entry.path();
    }
  }
  fs::permissions(largest, fs::perms::owner_all);
  {
    std::fstream stream(largest, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(static_cast<std::streamoff>(fs::file_size(largest) / 2));
    stream.write("changed", 7);
  }
  const ProcessResult verified = machine.backup({"verify"});
  CHECK(verified.exit_code == 1);
  CHECK(says(verified.out, "1  "));
  CHECK(says(verified.out, "damaged"));
  const ProcessResult drilled = machine.backup({"drill"}, "ja");
  CHECK(drilled.exit_code == 1);
  CHECK(says(drilled.err, "backup_not_found"));

  machine.directory.write("password", "another\n");
  const ProcessResult wrong = machine.backup({});
  CHECK(wrong.exit_code == 1);
  CHECK(says(wrong.err, "backup_repository_failed"));
  machine.directory.write("password", "a password of a test\n");
  const std::string misspelt = machine.directory.file("dota");
  const ProcessResult missing =
      machine.run({"backup", "--data", misspelt, "--config", machine.directory.file("config.json")});
  CHECK(missing.exit_code == 1);
  CHECK(says(missing.err, "not_found"));
  CHECK(!fs::exists(misspelt));
  CHECK(machine.run({"backup", "list", "--data", machine.data}).exit_code == 1);  // no repository was named
  machine.directory.write("config.json", R"({"backup":{"repository":"r","password_file":"p","region":"US"}})");
  const ProcessResult abroad = machine.backup({"list"});
  CHECK(abroad.exit_code == 1);
  CHECK(says(abroad.err, "config.backup.region"));
}

}  // namespace mibun::cli
