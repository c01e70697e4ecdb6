#include "platform/http/turns.h"

namespace mibun::http {

void Turns::add_thread() {
  threads_.emplace_back([this] {
    loop_.run();
    pass_on();
  });
}

void Turns::start() {
  const std::lock_guard lock(mutex_);
  add_thread();
}

Turns::Mark Turns::begin() {
  const Mark mark = state_.load(std::memory_order_relaxed) + 1;  // who has the turn is the only one to write now
  state_.store(mark, std::memory_order_release);
  return mark;
}

void Turns::end(Mark mark) {
  if (state_.compare_exchange_strong(mark, mark + 1, std::memory_order_acq_rel)) return;
  std::unique_lock lock(mutex_);
  if (is_free_) {
    --away_;
    is_free_ = false;
    return;
  }
  Waiter waiter;
  returning_.push_back(&waiter);  // first, so that whoever yields sees it
  lock.unlock();
  loop_.post([this] { yield(); });
  lock.lock();
  waiter.changed.wait(lock, [&] { return waiter.has_turn; });
  --away_;
}

// As a piece of the loop's work, so between two of a connection's steps.
void Turns::yield() {
  std::unique_lock lock(mutex_);
  if (!give(returning_)) return;
  Waiter waiter;
  resting_.push_back(&waiter);
  waiter.changed.wait(lock, [&] { return waiter.has_turn; });
}

void Turns::look() {
  std::uint64_t now = state_.load(std::memory_order_acquire);
  const bool is_stuck = now % 2 == 1 && now == seen_;
  seen_ = now;
  if (!is_stuck) return;
  const std::lock_guard lock(mutex_);
  if (resting_.empty() && threads_.size() > kStandInsMax) return;
  if (!state_.compare_exchange_strong(now, now + 1, std::memory_order_acq_rel)) return;  // done just now
  ++away_;
  if (!give(resting_)) add_thread();
}

// A thread has left the loop, which has ended: the others leave it one after the other.
void Turns::pass_on() {
  const std::lock_guard lock(mutex_);
  if (!give(returning_) && !give(resting_)) is_free_ = true;
}

bool Turns::give(std::deque<Waiter*>& among) {
  if (among.empty()) return false;
  among.front()->has_turn = true;
  among.front()->changed.notify_one();
  among.pop_front();
  return true;
}

bool Turns::are_several() {
  const std::lock_guard lock(mutex_);
  return threads_.size() > 1;
}

void Turns::join() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace mibun::http
