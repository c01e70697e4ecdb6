#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/restic/restic.h"
#include "server/backup/expiry.h"

namespace mibun::server::backup {

// A generation as the repository and our own notes know it.
struct Listed {
  std::int64_t number = 0;
  std::string snapshot;  // the repository's id
  Instant made_at;
  Verdict verdict = Verdict::unverified;
  std::optional<Instant> verified_at;
  std::string finding;  // of a bad one: what is wrong, a place and no value
  // Of a good one that was read back in this run: how much of the journal its database knows. What comes after is
  // needed when it is restored. Stands in no notes.
  std::optional<std::uint64_t> journal_told;
};

// What is known of the generations. Which ones there are the repository says, by the tags of its snapshots
// ("mibun", "generation=7", "made=<ms>"); what was found when they were verified is noted in <state>/catalogue.json,
// which may be lost without harm: they are verified again.
class Catalogue {
 public:
  // Without a state directory what the repository says is all. Errors: backup_repository_failed, io_error, json_*.
  static Result<Catalogue> read(const std::string& state_directory, const restic::Repository& repository);

  // Our own notes alone, without asking the repository: no generations. Errors: io_error, json_*.
  static Result<Catalogue> read_notes(const std::string& state_directory);

  const std::vector<Listed>& generations() const { return generations_; }  // the oldest first
  std::vector<Listed>& generations() { return generations_; }
  const Listed* find(std::int64_t number) const;
  const Listed* newest_good() const;

  std::int64_t next_number() const;
  // SHA-256 of the last manifest; empty before the first, none when the notes were lost.
  std::optional<Bytes> last_manifest;
  std::optional<Instant> first_made_at;  // of the first generation ever
  std::optional<Instant> last_good_at;   // when a generation was last made and verified
  std::optional<Instant> last_drill_at;

  Status save(const std::string& state_directory) const;

  static std::vector<std::string> tags(std::int64_t number, Instant made_at);

 private:
  Status add_notes(const std::string& state_directory);
  std::vector<Listed> generations_;
  std::int64_t last_number_ = 0;
};

std::vector<Generation> for_expiry(const std::vector<Listed>& listed);
std::string_view to_string(Verdict verdict);  // "good" ...

}  // namespace mibun::server::backup
