#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "server/backup/restore.h"
#include "server/backup/service.h"
#include "tests/server/world/test_world.h"

// A server with a repository beside it.
namespace mibun::server::backup {

inline void no_progress(Step, std::int64_t) {}
inline void no_restore_progress(RestoreStep) {}

// A password and an empty repository, both for one test; see tests/vectors/restic-empty.
struct TestRepository {
  TestRepository() {
    namespace fs = std::filesystem;
    fs::copy(fs::path(MIBUN_VECTORS) / "restic-empty", options.repository, fs::copy_options::recursive);
    for (const char* folder : {"data", "index", "locks", "snapshots"}) {
      fs::create_directory(options.repository + "/" + folder);
    }
    fs::remove(options.repository + "/SOURCE.txt");
  }
  TempDir directory;
  restic::Options options{.repository = directory.file("repository"),
                          .password_file = directory.write("password", "a password of a test\n")};
  restic::Repository repository() const { return restic::Repository(options); }
};

inline BackupOptions options_for(const TestWorld& world, const TestRepository& repository) {
  BackupOptions options;
  options.sources.data_directory = world.data_directory();
  options.sources.origin = std::string(kOrigin);
  options.repository = repository.options;
  return options;
}

// What an operator has after the machine of `world` is lost: the key holder's directory, the master key and the
// journal.
struct Remains {
  TempDir directory;
  std::string keyd = directory.file("keyd"), keys = directory.file("keys"), journal = directory.file("journal");
};

inline std::unique_ptr<Remains> remains_of(const std::string& data_directory) {
  namespace fs = std::filesystem;
  auto remains = std::make_unique<Remains>();
  fs::copy(data_directory + "/keyd", remains->keyd, fs::copy_options::recursive);
  fs::permissions(remains->keyd, fs::perms::owner_all);
  fs::create_directory(remains->keys);
  fs::copy(data_directory + "/keys/master.key", remains->keys + "/master.key");
  fs::copy(data_directory + "/journal", remains->journal, fs::copy_options::recursive);
  return remains;
}

inline RestoreOptions restore_options(const TestRepository& repository, const Remains& remains, std::int64_t generation,
                                      const std::string& target) {
  RestoreOptions options;
  options.repository = repository.options;
  options.generation = generation;
  options.data_directory = target;
  options.keys_directory = remains.keys;
  options.keyd_directory = remains.keyd;
  options.journal_folders = {remains.journal};
  return options;
}

}  // namespace mibun::server::backup
