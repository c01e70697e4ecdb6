#include "platform/database/wal_mover.h"

#include <utility>

namespace mibun::database {
namespace {

// 16 MiB: a page that is written again and again is moved once in that time.
constexpr std::size_t kPages = 4096;
// A reader that takes long keeps it from beginning anew; it is tried again after so many more.
constexpr std::size_t kPagesMore = 1024;

}  // namespace

WalMover::WalMover(std::unique_ptr<Connection> connection, Alone alone)
    : connection_(std::move(connection)), alone_(std::move(alone)), next_at_(kPages) {
  // It is closed before the writer's own, which knows whether anything may be moved then.
  connection_->forbid_checkpoint_on_close();
  thread_ = std::thread([this] { loop(); });
}

void WalMover::committed(std::size_t pages) {
  const std::lock_guard lock(mutex_);
  if (pages < std::exchange(seen_, pages)) next_at_ = kPages;  // it began anew
  if (pages < next_at_) return;
  next_at_ = pages + kPagesMore;
  wanted_ = true;
  wanted_changed_.notify_one();
}

void WalMover::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void WalMover::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wanted_changed_.wait(lock, [&] { return stopping_ || wanted_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    move();
    lock.lock();
  }
}

std::unique_lock<std::mutex> WalMover::hold() {
  return std::unique_lock(moving_);
}

void WalMover::move() {
  move_what_can_be();
  alone_([this] { move_what_can_be(); });
}

// A failure leaves everything in the write-ahead log, and the next try writes it again. A disk that takes nothing is
// noticed by whoever commits.
void WalMover::move_what_can_be() {
  const std::lock_guard lock(moving_);
  static_cast<void>(connection_->control("PRAGMA wal_checkpoint(PASSIVE)"));
}

}  // namespace mibun::database
