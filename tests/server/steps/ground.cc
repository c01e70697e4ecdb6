#include "tests/server/steps/ground.h"

#include <filesystem>

#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "tests/server/canary/thief.h"
#include "tests/server/crash/left.h"
#include "tests/server/killed/judge.h"
#include "tests/support/process.h"

namespace mibun::server {
namespace {

namespace fs = std::filesystem;

Said run_to_its_end(const std::vector<std::string>& argv, std::vector<std::string> environment) {
  const ProcessResult ran =
      run_process(argv, {.timeout = std::chrono::minutes(2), .environment = std::move(environment)});
  if (ran.timed_out) throw std::runtime_error(argv.at(0) + " hangs");
  return {ran.exit_code == 0, ran.out + ran.err};
}

std::set<std::string> accounts_of(const std::string& data) {
  const auto database = must(database::Database::open(data + "/mibun.db", migrations()));
  std::set<std::string> accounts;
  for (const database::Row& row : must(database->rows("SELECT account_id FROM accounts WHERE state <> 'erased'"))) {
    accounts.insert(row.text(0));
  }
  return accounts;
}

std::size_t people_opened(const std::string& keys_of, const std::string& table_of,
                          const std::set<std::string>& accounts) {
  const Left aside{fresh_folder("stolen") + "/keyd"};
  copy_folder(table_of, aside.directory);
  Thief thief;
  thief.take_epoch_keys(keys_of);
  thief.take_table(aside.directory);
  thief.unwrap();
  return thief.keys_of(accounts);
}

}  // namespace

Stage& stage() {
  if (fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 0);
  static Stage one;
  return one;
}

void copy_folder(const std::string& from, const std::string& to) {
  fs::create_directories(fs::path(to).parent_path());
  fs::copy(from, to, fs::copy_options::recursive);
  fs::permissions(to, fs::perms::owner_all);
  for (const auto& entry : fs::recursive_directory_iterator(to)) {
    if (entry.is_directory()) fs::permissions(entry.path(), fs::perms::owner_all);
  }
}

std::string fresh_folder(const std::string& name) {
  const std::string folder = stage().world().directory_.file(name);
  fs::remove_all(folder);
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  return fs::canonical(folder).string();
}

std::int64_t number_in(const std::string& data, const std::string& sql) {
  const Left aside{fresh_folder("aside") + "/data"};
  fs::create_directories(aside.directory);
  fs::permissions(aside.directory, fs::perms::owner_all);
  for (const char* file : {"/mibun.db", "/mibun.db-wal"}) {
    if (fs::exists(data + file)) fs::copy_file(data + file, aside.directory + file);
  }
  const auto database = must(database::Database::open(aside.directory + "/mibun.db", migrations()));
  return must(database->row(sql))->integer(0);
}

Said run_mibun(std::vector<std::string> arguments, std::vector<std::string> environment) {
  arguments.insert(arguments.begin(), {MIBUN_PROGRAM, "--lang", "en"});
  return run_to_its_end(arguments, std::move(environment));
}

Said keep_house(const std::string& data, std::vector<std::string> environment, const std::string& socket) {
  return run_to_its_end({MIBUN_HOUSEKEEPER, data, std::string(kOrigin), std::string(kRpId), socket},
                        std::move(environment));
}

std::string knows_everybody(const std::string& data, Model& model, const std::string& config) {
  ServerProcess server(data, config, {});
  if (!server.is_ready()) return "it does not start again";
  stage().talk_to(server, data);
  if (std::string lost = what_was_lost(stage().world(), model, {}); !lost.empty()) return lost;
  live_anew(stage().world(), model);
  const int code = server.stop();
  return code == 0 ? "" : "it ends with " + std::to_string(code);
}

std::string serves_everybody(const std::string& data, Model& model) {
  if (std::string wrong = knows_everybody(data, model); !wrong.empty()) return wrong;
  return what_is_half_done(data, model, {});
}

std::string opens_with_stolen(const std::string& before, const std::string& now, const std::string& data) {
  const auto accounts = accounts_of(data);
  if (people_opened(before, before, accounts) == 0) return "what was stolen on the day opens nothing: no control";
  if (people_opened(now, now, accounts) != accounts.size()) return "somebody's key does not open";
  if (people_opened(before, now, accounts) != 0) return "the epoch key of before opens the table of now";
  int epochs = 0;
  for (const auto& entry : fs::directory_iterator(now)) {
    epochs += entry.path().filename().string().starts_with("epoch-") ? 1 : 0;
  }
  return epochs == 1 ? "" : "there are " + std::to_string(epochs) + " epoch keys";
}

}  // namespace mibun::server
