#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "platform/database/connection.h"
#include "platform/database/storage_watch.h"
#include "platform/database/wal_mover.h"

namespace mibun::database {

// One thread writes at a time. Whoever comes when nobody does does their own unit of work, and no thread has to be
// woken for it. Whoever comes while a commit is being made durable waits, and a thread of the writer's does all of
// theirs together: one fsync for them. (It could be one of those who wait, but a unit of work reads what belongs to the
// thread that handed it in, and must not find another's there.) Each unit of work has its own savepoint, so one that
// fails takes nobody with it.
class Writer {
 public:
  using Work = std::function<Status(Transaction&)>;

  // `mover`: another connection to write, for the WalMover.
  Writer(std::unique_ptr<Connection> connection, std::unique_ptr<Connection> mover, StorageWatch watch);
  ~Writer() { drain(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Both return when it is done and durable. Never from within a unit of work: it would wait for itself.
  Status run(const Work& work);
  Status checkpoint();
  Writing writing() const;  // any thread

  // Finishes what was handed in, lets its owners leave and ends the thread; nothing may be handed in afterwards.
  void drain();

 private:
  struct Job {
    const Work* work = nullptr;  // none: a checkpoint
    std::optional<Status> result;
    std::condition_variable done;
  };
  using Group = std::vector<Job*>;  // null: answered already

  using Outcomes = std::vector<Status>;  // one for each job of a group, in its order

  Status submit(Job& job);
  bool is_idle() const;
  void leave_work();
  void alone(const std::function<void()>& deed);
  void loop();
  void work_on(Group group, std::unique_lock<std::mutex>& lock);
  Group take_group();
  Outcomes process(Group& group);
  Status look_at_storage();
  Status run_all(Group& group, Outcomes& outcomes);
  static void answer(Job& job, Status outcome);
  Status run_in_savepoint(const Work& work);
  Status commit();
  Status take_back();
  Status abandon(Error why);
  Status move_wal();

  std::unique_ptr<Connection> connection_;  // touched by whoever is at work
  const StorageWatch watch_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable left_;
  std::deque<Job*> queue_;    // jobs live on the stacks of those who wait
  std::thread::id at_work_;   // nobody: a default id
  bool mover_waits_ = false;  // it comes before the next group
  std::condition_variable work_left_;
  std::size_t waiting_ = 0;
  bool stopping_ = false;
  std::atomic<bool> broken_ = false;  // a commit failed: nothing more is written until the database is opened again
  WalMover mover_;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace mibun::database
