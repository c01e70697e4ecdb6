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

namespace mibun::database {

// The one thread that writes. Whoever waits while a commit is being made durable goes into the next one together: one
// fsync for all of them. Each unit of work has its own savepoint, so one that fails takes nobody with it.
class Writer {
 public:
  using Work = std::function<Status(Transaction&)>;

  Writer(std::unique_ptr<Connection> connection, StorageWatch watch);
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
  void loop();
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

  std::unique_ptr<Connection> connection_;  // touched by the thread only
  const StorageWatch watch_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable left_;
  std::deque<Job*> queue_;  // jobs live on the stacks of those who wait
  std::size_t waiting_ = 0;
  bool stopping_ = false;
  std::atomic<bool> broken_ = false;  // a commit failed: nothing more is written until the database is opened again
  std::thread thread_;                // last: starts when everything else is there
};

}  // namespace mibun::database
