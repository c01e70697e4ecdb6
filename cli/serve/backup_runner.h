#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "cli/backup/config.h"
#include "server/app/app.h"
#include "server/backup/scheduler.h"

namespace mibun::cli {

// The daily backup and the drill of a server that runs, on a thread of its own. When the server ends, restic is ended
// too: what was being made is made again at the next start.
class BackupRunner {
 public:
  // `app` and `clock` must outlive it. `config`: of the app.
  BackupRunner(server::App& app, BackupConfig backup, const server::Config& config,
               std::shared_ptr<server::BackupHealth> health, const Clock& clock, Rng& rng);
  ~BackupRunner() { stopping_ = true; }

  // The alarm for a late backup; by another thread than the one that works.
  void watch() { scheduler_.watch(); }

 private:
  void run(const std::stop_token& stop);
  server::backup::BackupOptions options_for(server::App& app, BackupConfig backup, const server::Config& config);

  std::atomic<bool> stopping_ = false;
  server::backup::BackupService service_;
  std::shared_ptr<server::BackupHealth> health_;
  server::backup::Scheduler scheduler_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: starts when everything else is there
};

}  // namespace mibun::cli
