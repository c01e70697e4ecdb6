#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "platform/database/connection.h"

namespace mibun::database {

// Moves the write-ahead log into the database, so that it can begin anew. Most of it is moved beside those who write;
// what they added meanwhile, a few pages, while nobody does. (SQLite would do it in somebody's commit, and everybody
// would wait for all of it.) What must be gone at once does not wait for this: Writer::checkpoint.
class WalMover {
 public:
  // Does the deed while nobody writes.
  using Alone = std::function<void(const std::function<void()>& deed)>;

  // `connection`: of its own, to write.
  WalMover(std::unique_ptr<Connection> connection, Alone alone);
  ~WalMover() { stop(); }
  WalMover(const WalMover&) = delete;
  WalMover& operator=(const WalMover&) = delete;

  // After each commit: how many pages the write-ahead log has.
  void committed(std::size_t pages);
  // Waits for what is being moved, and nothing is while it is held: SQLite lets one connection move at a time, and the
  // second one is refused at once, whatever time it was given.
  std::unique_lock<std::mutex> hold();
  // Ends what is being moved, and the thread.
  void stop();

 private:
  void loop();
  void move();
  void move_what_can_be();

  std::unique_ptr<Connection> connection_;  // touched by the thread only
  const Alone alone_;
  std::mutex moving_;  // never waited for with another one held, nor held while `alone_` is waited for
  std::mutex mutex_;
  std::condition_variable wanted_changed_;
  std::size_t seen_ = 0, next_at_;
  bool wanted_ = false, stopping_ = false;
  std::thread thread_;
};

}  // namespace mibun::database
