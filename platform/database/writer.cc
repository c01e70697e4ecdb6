#include "platform/database/writer.h"

#include <algorithm>
#include <exception>
#include <ranges>
#include <utility>

#include "platform/database/inside_write.h"
#include "platform/memory/stack.h"

namespace mibun::database {
namespace {

constexpr std::size_t kGroupJobsMax = 256;

thread_local bool is_inside_write = false;

struct InsideWrite {
  InsideWrite() { is_inside_write = true; }
  ~InsideWrite() { is_inside_write = false; }
  InsideWrite(const InsideWrite&) = delete;
  InsideWrite& operator=(const InsideWrite&) = delete;
};

std::unexpected<Error> broken_error() {
  return fail(ErrorCode::database_error, "write",
              "an earlier commit did not reach the disk, or the file was removed or replaced; nothing is written until "
              "the database is opened again");
}

Status guarded(const Writer::Work& work, Transaction& transaction) {
  const InsideWrite inside;
  try {
    return work(transaction);
  } catch (const std::exception&) {  // what() may quote a value
    return fail(ErrorCode::internal_error, "write", "the unit of work threw an exception");
  } catch (...) {
    return fail(ErrorCode::internal_error, "write", "the unit of work threw something");
  }
}

}  // namespace

bool inside_write() {
  return is_inside_write;
}

Writer::Writer(std::unique_ptr<Connection> connection, std::unique_ptr<Connection> mover, StorageWatch watch)
    : connection_(std::move(connection)),
      watch_(std::move(watch)),
      mover_(std::move(mover), [this](const std::function<void()>& deed) { alone(deed); }),
      thread_([this] { loop(); }) {}

Writing Writer::writing() const {
  if (broken_) return Writing::stopped;
  switch (watch_.look()) {
    case StorageWatch::State::well:
      return Writing::well;
    case StorageWatch::State::no_room:
      return Writing::no_room;
    case StorageWatch::State::gone:
      break;
  }
  return Writing::stopped;
}

void Writer::drain() {
  mover_.stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
  std::unique_lock lock(mutex_);
  left_.wait(lock, [&] { return waiting_ == 0; });  // whoever was answered still needs the mutex to leave
}

Status Writer::run(const Work& work) {
  Job job;
  job.work = &work;
  return submit(job);
}

Status Writer::checkpoint() {
  Job job;
  return submit(job);
}

Status Writer::submit(Job& job) {
  std::unique_lock lock(mutex_);
  MIBUN_INVARIANT(!stopping_ && at_work_ != std::this_thread::get_id());
  ++waiting_;
  if (is_idle() && queue_.empty()) {
    work_on({&job}, lock);
  } else {
    queue_.push_back(&job);
    if (is_idle()) arrived_.notify_one();
    job.done.wait(lock, [&] { return job.result.has_value(); });
  }
  if (--waiting_ == 0) left_.notify_one();
  return std::move(*job.result);
}

// With the lock held.
bool Writer::is_idle() const {
  return at_work_ == std::thread::id() && !mover_waits_;
}

// With the lock held.
void Writer::leave_work() {
  at_work_ = {};
  if (mover_waits_) {
    work_left_.notify_one();
  } else if (!queue_.empty() || stopping_) {
    arrived_.notify_one();
  }
}

void Writer::alone(const std::function<void()>& deed) {
  std::unique_lock lock(mutex_);
  mover_waits_ = true;
  work_left_.wait(lock, [&] { return at_work_ == std::thread::id(); });
  at_work_ = std::this_thread::get_id();
  mover_waits_ = false;
  lock.unlock();
  if (!broken_) deed();
  lock.lock();
  leave_work();
}

void Writer::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    arrived_.wait(lock, [&] { return is_idle() && (stopping_ || !queue_.empty()); });
    if (queue_.empty()) return;
    work_on(take_group(), lock);
  }
}

// With the lock held before and after, and nobody at work.
void Writer::work_on(Group group, std::unique_lock<std::mutex>& lock) {
  at_work_ = std::this_thread::get_id();
  lock.unlock();
  Outcomes outcomes = process(group);
  memory::wipe_unused_stack();  // a unit of work may have sealed or opened something
  lock.lock();
  leave_work();
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (group[i] != nullptr) answer(*group[i], std::move(outcomes[i]));
  }
}

// Under the lock: the job is gone as soon as its owner sees the result.
void Writer::answer(Job& job, Status outcome) {
  job.result = std::move(outcome);
  job.done.notify_one();
}

Writer::Group Writer::take_group() {
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), kGroupJobsMax));
  Group group(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return group;
}

// Before anything is begun. A checkpoint goes on without room: it makes some.
Status Writer::look_at_storage() {
  switch (watch_.look()) {
    case StorageWatch::State::well:
      return {};
    case StorageWatch::State::no_room:
      return fail(ErrorCode::unavailable, "write", "the disk is full or read-only; nothing is written until it is not");
    case StorageWatch::State::gone:
      broken_ = true;
      connection_->forbid_checkpoint_on_close();
  }
  return broken_error();
}

Writer::Outcomes Writer::process(Group& group) {
  const Status storage = look_at_storage();
  if (broken_) return Outcomes(group.size(), broken_error());
  Outcomes outcomes(group.size());
  const auto writes = [](const Job* job) { return job != nullptr && job->work != nullptr; };
  const auto moves_wal = [](const Job* job) { return job != nullptr && job->work == nullptr; };
  if (std::ranges::any_of(group, writes)) {
    Status together = storage;
    if (together) together = run_all(group, outcomes);
    const auto changed = [&](std::size_t i) { return writes(group[i]) && outcomes[i]; };
    if (together) together = std::ranges::any_of(std::views::iota(0UZ, group.size()), changed) ? commit() : take_back();
    if (!together && storage) together = abandon(together.error());
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (writes(group[i]) && outcomes[i] && !together) outcomes[i] = together;
    }
  }
  if (std::ranges::none_of(group, moves_wal)) return outcomes;
  const Status moved = broken_ ? broken_error() : move_wal();
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (moves_wal(group[i])) outcomes[i] = moved;
  }
  return outcomes;
}

// Fails when the transaction as a whole is lost; what happened to each unit of work stands in `outcomes`.
Status Writer::run_all(Group& group, Outcomes& outcomes) {
  MIBUN_CHECK(connection_->control("BEGIN IMMEDIATE"));
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (group[i]->work == nullptr) continue;
    outcomes[i] = run_in_savepoint(*group[i]->work);
    // A full disk or an I/O error, unlike a constraint, ends the transaction of everybody.
    if (!connection_->in_transaction() || connection_->storage_failed()) {
      return fail(ErrorCode::database_error, "write", "the transaction was rolled back as a whole");
    }
    // It only asked, and nobody is told anything by it: the others' fsync is not its own.
    if (!outcomes[i] && outcomes[i].error().code == ErrorCode::cancelled) {
      const std::lock_guard lock(mutex_);
      answer(*std::exchange(group[i], nullptr), outcomes[i]);
    }
  }
  return {};
}

Status Writer::run_in_savepoint(const Work& work) {
  MIBUN_CHECK(connection_->control("SAVEPOINT unit_of_work"));
  Status outcome = guarded(work, *connection_);
  if (outcome && connection_->has_open_foreign_key()) {
    outcome = fail(ErrorCode::database_conflict, "write", "a deferred foreign key points to nothing");
  }
  if (!connection_->in_transaction()) return outcome;
  if (!outcome) {
    MIBUN_CHECK(connection_->control("ROLLBACK TO unit_of_work"));
  }
  MIBUN_CHECK(connection_->control("RELEASE unit_of_work"));
  return outcome;
}

Status Writer::commit() {
  auto committed = connection_->control("COMMIT");
  if (committed) {
    mover_.committed(connection_->wal_pages());
    return {};
  }
  // Whether a failed fsync wrote anything is unknown, and a second one may lie: this connection is done with writing.
  broken_ = true;
  return fail(ErrorCode::database_error, "commit", committed.error().detail);
}

// Nobody in it changed anything. A commit would write every page that they had changed, as it was before, and wait for
// the disk.
Status Writer::take_back() {
  auto taken_back = connection_->control("ROLLBACK");
  if (taken_back) return {};
  broken_ = true;
  return fail(ErrorCode::database_error, "rollback", taken_back.error().detail);
}

Status Writer::abandon(Error why) {
  if (connection_->in_transaction() && !connection_->control("ROLLBACK")) broken_ = true;
  if (connection_->storage_failed()) broken_ = true;
  if (broken_) connection_->forbid_checkpoint_on_close();
  return std::unexpected<Error>(std::move(why));
}

Status Writer::move_wal() {
  const auto nothing_else_moves = mover_.hold();
  auto moved = connection_->control("PRAGMA wal_checkpoint(TRUNCATE)");
  if (connection_->storage_failed()) {
    broken_ = true;
    connection_->forbid_checkpoint_on_close();
  }
  if (!moved) return pass_error(moved);
  if (moved->size() != 1 || moved->front().integer(0) != 0) {
    return fail(ErrorCode::database_busy, "checkpoint", "a long reader kept the write-ahead log in use");
  }
  return {};
}

}  // namespace mibun::database
