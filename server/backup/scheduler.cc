#include "server/backup/scheduler.h"

#include <utility>

#include "platform/log/log.h"

namespace mibun::server::backup {
namespace {

constexpr auto kDay = std::chrono::hours(24);
constexpr std::int64_t kJapanSeconds = 9LL * 60 * 60;
constexpr auto kDrillRetry = std::chrono::hours(1);

}  // namespace

Instant last_due(Instant now, int hour) {
  const Instant day_begin = Instant::from_unix_seconds(jst_day(now) * 86'400 - kJapanSeconds);
  const Instant today = day_begin + std::chrono::hours(hour);
  return today <= now ? today : today - kDay;
}

Scheduler::Scheduler(BackupService& service, BackupService::Answer drill, BackupHealth& health, const Clock& clock,
                     Options options)
    : service_(service),
      drill_(std::move(drill)),
      health_(health),
      clock_(clock),
      options_(std::move(options)),
      began_(clock.now()) {}

void Scheduler::count(std::string_view event) const {
  if (options_.counted) options_.counted(event);
}

bool Scheduler::is_done(Instant now) const {
  const auto last = service_.last_times().good;
  return last && *last >= last_due(now, options_.hour);
}

void Scheduler::tick() {
  const Instant now = clock_.now();
  if (is_done(now)) {
    if (health_.state() == BackupHealth::State::waiting) health_.set(BackupHealth::State::ok);
    drill(now);
    return;
  }
  if (next_try_ && now < *next_try_) return;
  back_up(now);
}

void Scheduler::back_up(Instant now) {
  const auto report = service_.run([](Step, std::int64_t) {});
  if (!report) {
    next_try_ = now + options_.retry_after;
    if (health_.state() != BackupHealth::State::late) health_.set(BackupHealth::State::failed);
    log::error("backup_failed", {{"code", mibun::to_string(report.error().code)}});
    count("backup_failed");
    return;
  }
  next_try_.reset();
  health_.set(report->too_few ? BackupHealth::State::too_few : BackupHealth::State::ok);
  count("backup_made");
  if (report->too_few) count("backup_too_few_verified");
  if (report->suspended) count("backup_expiry_suspended");
  if (report->journal_told && options_.journal_told) options_.journal_told(*report->journal_told);
  drill(now);
}

void Scheduler::drill(Instant now) {
  const auto last = service_.last_times().drill;
  if (last && *last >= last_due(now, options_.hour)) return;
  if (next_drill_ && now < *next_drill_) return;
  next_drill_ = now + kDrillRetry;
  const auto report = service_.drill(drill_);
  if (!report) log::error("drill_failed", {{"code", mibun::to_string(report.error().code)}});
  count(report ? "restore_drilled" : "drill_failed");
}

void Scheduler::watch() {
  const Instant now = clock_.now();
  const auto last = service_.last_times().good;
  // Without any backup the first one was due when the server began.
  const Instant due = last ? last_due(now, options_.hour) : began_;
  if (last && *last >= due) return;
  if (now - due <= options_.late_after) return;
  health_.set(BackupHealth::State::late);
  if (told_late_ == due) return;
  told_late_ = due;
  log::error("backup_late", {{"minutes", std::chrono::duration_cast<std::chrono::minutes>(now - due).count()}});
  count("backup_late");
}

}  // namespace mibun::server::backup
