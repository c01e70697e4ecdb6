#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace mibun::keyd {

// Keeps callers from waiting, one after the other, for a service that does not answer. After kSilencesMax requests in a
// row that waited in vain, nobody waits any more: they are refused at once, and after each pause one of them tries,
// with a short question first. Its answer opens the way for all. From any thread.
class Breaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // One alone may have met something slow that others do not meet.
  static constexpr int kSilencesMax = 2;

  explicit Breaker(std::chrono::milliseconds pause) : pause_(pause) {}

  enum class Pass : std::uint8_t { go, try_first, refused };
  // Whoever goes or tries says afterwards which of the two it was.
  Pass enter(Time now) {
    const std::lock_guard lock(mutex_);
    if (silences_ < kSilencesMax) return Pass::go;
    if (is_tried_ || now < again_) return Pass::refused;
    is_tried_ = true;
    return Pass::try_first;
  }
  // Something came back, be it an error.
  void was_answered() {
    const std::lock_guard lock(mutex_);
    silences_ = 0;
    is_tried_ = false;
  }
  void was_silent(Time now) {
    const std::lock_guard lock(mutex_);
    if (silences_ < kSilencesMax) ++silences_;
    is_tried_ = false;
    again_ = now + pause_;
  }

  bool is_open() const {
    const std::lock_guard lock(mutex_);
    return silences_ >= kSilencesMax;
  }

 private:
  const std::chrono::milliseconds pause_;
  mutable std::mutex mutex_;
  int silences_ = 0;  // in a row
  bool is_tried_ = false;
  Time again_{};
};

}  // namespace mibun::keyd
