#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace mibun::log_tree {

// A thread that does one thing at a time for one other thread, so that two disks can be waited for at once without a
// thread being made for each wait.
class Hand {
 public:
  Hand() : thread_([this] { loop(); }) {}
  ~Hand() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Hand(const Hand&) = delete;
  Hand& operator=(const Hand&) = delete;

  // The deed before has to have been waited for.
  void begin(std::function<void()> deed) {
    {
      const std::lock_guard lock(mutex_);
      deed_ = std::move(deed);
    }
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !deed_; });
  }

 private:
  void loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return stopping_ || deed_; });
      if (!deed_) return;
      lock.unlock();
      deed_();
      lock.lock();
      deed_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> deed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mibun::log_tree
