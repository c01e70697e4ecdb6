#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "server/backup/service.h"
#include "server/operations/backup_health.h"

namespace mibun::server::backup {

// The last moment, up to `now`, at which a daily backup was to be made: `hour` o'clock in Japan.
Instant last_due(Instant now, int hour);

// The daily backup and the drill after it, by the injected clock. tick() works and may take hours; watch() only looks
// and is called by another thread, so that work that hangs is noticed too.
class Scheduler {
 public:
  struct Options {
    int hour = 3;                                   // of Japan
    std::chrono::minutes late_after{15};            // then there is an alarm
    std::chrono::minutes retry_after{5};            // a failed backup is tried again
    std::function<void(std::string_view)> counted;  // an event for the metrics; may be empty
    // After each backup: the journal up to this number is known to every generation. May be empty.
    std::function<void(std::uint64_t number)> journal_told;
  };
  // A server without any backup makes one at once. All must outlive the scheduler.
  Scheduler(BackupService& service, BackupService::Answer drill, BackupHealth& health, const Clock& clock,
            Options options);

  // Makes the backup and the drill that are due. Call from one thread, from time to time.
  void tick();
  // The alarm: "backup_late" in the log and the metrics, once for each due backup, and what /readyz says.
  void watch();

 private:
  bool is_done(Instant now) const;
  void back_up(Instant now);
  void drill(Instant now);
  void count(std::string_view event) const;

  BackupService& service_;
  const BackupService::Answer drill_;
  BackupHealth& health_;
  const Clock& clock_;
  const Options options_;
  const Instant began_;
  std::optional<Instant> next_try_, next_drill_;  // of tick() alone
  std::optional<Instant> told_late_;              // of watch() alone
};

}  // namespace mibun::server::backup
