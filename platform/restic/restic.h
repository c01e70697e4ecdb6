#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "platform/process/process.h"

// The program restic (Debian 12's, 0.14) as the place where backups lie: an encrypted repository in a directory, in S3
// or wherever its own configuration says ("s3:https://...", with AWS_* of our environment). The password is a file that
// restic reads; it is on no command line.
namespace mibun::restic {

struct Options {
  std::string repository;
  std::string password_file;
  std::string program = "restic";
  std::chrono::milliseconds timeout = std::chrono::hours(6);  // of one command
  std::function<bool()> should_stop = {};                     // true ends a command that runs
};

struct Snapshot {
  std::string id;
  std::vector<std::string> tags;
};

// Every call is one run of the program, which ends when this process does. One caller at a time for each repository:
// readers take no lock. A lock whose maker is gone is taken away; one of a restic that lives is an error that names it.
// Errors of all: backup_repository_failed (restic's own last line is the detail), unavailable (cannot be started, ran
// too long).
class Repository {
 public:
  explicit Repository(Options options) : options_(std::move(options)) {}

  // False when there is no repository at that place; another password is an error.
  Result<bool> exists() const;
  Status init() const;
  // In the order in which they were made.
  Result<std::vector<Snapshot>> snapshots() const;
  // Puts the folder `name` of `directory` in; `at` is the time that restic shows. The beginning of the new snapshot's
  // id, which the other calls take as well.
  Result<std::string> backup(const std::string& directory, const std::string& name,
                             const std::vector<std::string>& tags, Instant at) const;
  // The whole snapshot into `target`. A piece that is missing or damaged is an error.
  Status restore(const std::string& snapshot_id, const std::string& target) const;
  // One file of it.
  Result<Bytes> dump(const std::string& snapshot_id, const std::string& path) const;
  // The repository's own structure; with `read_data` every byte of it.
  Status check(bool read_data) const;
  // Removes snapshots and the data that only they had.
  Status forget(const std::vector<std::string>& snapshot_ids) const;
  // Copies a snapshot from another repository into this one.
  Status copy_from(const Repository& source, const std::string& snapshot_id) const;

  const Options& options() const { return options_; }

 private:
  Result<std::string> ask(std::vector<std::string> arguments, const std::string& directory = {}) const;
  Result<std::string> ask_once(std::vector<std::string> arguments, const std::string& directory) const;
  process::Command command(const std::string& directory) const;
  Status take_away_stale_locks() const;
  Options options_;
};

}  // namespace mibun::restic
