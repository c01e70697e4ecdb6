#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "platform/restic/restic.h"
#include "server/backup/catalogue.h"
#include "server/backup/staging.h"

namespace mibun::server::backup {

struct BackupOptions {
  Sources sources;
  restic::Options repository;
  std::string state_directory;  // notes and scratch space; <data>/backup when empty
  ExpiryPolicy expiry;
};

// What a run is doing now, for whoever waits: generation 0 where none is meant. One call at a time, from any thread.
enum class Step { copying, storing, verifying, expiring, done };
using Progress = std::function<void(Step, std::int64_t generation)>;

struct BackupReport {
  std::int64_t generation = 0;  // the new one
  std::vector<std::int64_t> bad, removed;
  std::int64_t good_days = 0;
  bool suspended = false;
  bool too_few = false;
  // The journal up to here is known to every generation that is left; none when one of them could not be read.
  std::optional<std::uint64_t> journal_told;
};

struct DrillReport {
  std::int64_t generation = 0;
  Instant made_at, drilled_at;
  std::chrono::milliseconds restore{0}, answer{0};  // until all was in place and verified; until it had answered
  std::uint64_t bytes = 0;
  std::string jws;  // what <state>/drills/<day>.jws holds: the same, signed by the key of the manifests
};

// Makes generations, verifies all that there are, and lets those go whose time is over. One at a time for each state
// folder, also between processes (unavailable). docs/decisions/0046.
class BackupService {
 public:
  BackupService(BackupOptions options, const Clock& clock, Rng& rng);

  // A new generation, stored, read back and verified; then every other one verified; then what is expired removed. An
  // error means that there is no new good generation; what there was before is as it was.
  // Errors: those of stage(), backup_repository_failed, backup_integrity_error (what was read back is not what was
  // stored), unavailable (another is at work).
  Result<BackupReport> run(const Progress& progress);

  // Reads every generation back, whole. The bad ones say what is wrong. Errors: as run().
  Result<std::vector<Listed>> verify(const Progress& progress);
  Result<std::vector<Listed>> list();

  // Restores the newest good generation into scratch space, with what a restore adds (restore.h) but no key holder, and
  // lets `answer` use it; removes it afterwards. The signed report is kept. Errors: backup_not_found (no good one),
  // those of run() and of `answer`.
  using Answer = std::function<Status(const std::string& data_directory)>;
  Result<DrillReport> drill(const Answer& answer);

  // When a generation was last made and found good, and when one was last drilled. None: never, or the notes are lost.
  struct LastTimes {
    std::optional<Instant> good, drill;
  };
  LastTimes last_times() const;

  const BackupOptions& options() const { return options_; }

 private:
  Result<Catalogue> begin_catalogue() const;
  Result<std::string> make_generation(Catalogue& catalogue, const Progress& progress);
  Result<Bytes> last_manifest_digest(const Catalogue& catalogue) const;
  Status verify_all(Catalogue& catalogue, std::string_view newest_manifest, const Progress& progress);
  Status verify_one(Listed& listed, const crypto::PublicKey& key, std::string_view manifest,
                    const std::string& scratch_path) const;
  Status check_data() const;
  Result<crypto::PublicKey> public_key() const;
  std::string state(std::string_view name) const { return options_.state_directory + "/" + std::string(name); }

  BackupOptions options_;
  restic::Repository repository_;
  const Clock& clock_;
  Rng& rng_;
};

}  // namespace mibun::server::backup
