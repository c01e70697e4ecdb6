#include "cli/serve/backup_runner.h"

#include <utility>

#include "platform/log/log.h"
#include "platform/memory/stack.h"
#include "server/app/drill.h"

namespace mibun::cli {
namespace {

constexpr auto kPause = std::chrono::seconds(20);

server::backup::Scheduler::Options schedule_for(const BackupConfig& backup, server::App& app, const Clock& clock) {
  server::backup::Scheduler::Options options;
  options.hour = backup.hour;
  // Here, since this process is the one that writes the journal.
  options.journal_told = [&app, &clock, kept = backup.journal_days](std::uint64_t number) {
    const auto pruned = app.prune_journal(number, clock.now() - kept);
    if (!pruned) log::error("journal_not_pruned", {{"code", to_string(pruned.error().code)}});
  };
  options.counted = [&app](std::string_view event) { app.count_event(event); };
  return options;
}

}  // namespace

server::backup::BackupOptions BackupRunner::options_for(server::App& app, BackupConfig backup,
                                                        const server::Config& config) {
  backup.options.sources.data_directory = config.data_directory;
  backup.options.sources.origin = config.public_origin;
  backup.options.sources.signing_table = [&app] { return app.signing_keys()->copy_table(); };
  // Those of the data directory come along by themselves.
  char name = 'a';
  for (const blobs::Place& place : config.files.places) {
    backup.options.sources.file_folders[std::string("files/") + name++] = place.directory;
  }
  backup.options.repository.should_stop = [this] { return stopping_.load(); };
  return std::move(backup.options);
}

BackupRunner::BackupRunner(server::App& app, BackupConfig backup, const server::Config& config,
                           std::shared_ptr<server::BackupHealth> health, const Clock& clock, Rng& rng)
    : service_(options_for(app, backup, config), clock, rng),
      health_(std::move(health)),
      scheduler_(
          service_,
          [&app, config, &clock, &rng](const std::string& data) {
            return server::answer_in_drill(config, data, app.key_holder(), app.signing_keys(), clock, rng);
          },
          *health_, clock, schedule_for(backup, app, clock)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void BackupRunner::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    scheduler_.tick();
    memory::wipe_unused_stack();  // the drill opens a record
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, kPause, [] { return false; });
  }
}

}  // namespace mibun::cli
