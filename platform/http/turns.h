#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mibun::http {

// The threads of one event loop. One of them has the turn: it alone runs the loop and touches what the loop's
// connections share. Handlers run on it, too (docs/decisions/0021), so one that waits, for a key service that hangs or
// a disk that is slow, would hold up every other connection of the loop. Therefore somebody looks from time to time: a
// handler that is still the one of the look before loses the turn to another thread, which goes on with the loop; when
// it is done, it gets the turn back and sends its answer. docs/decisions/0062.
//
// In the ordinary case this costs two writes to an atomic for each request, and no second thread.
class Turns {
 public:
  struct Loop {
    std::function<void()> run;                               // until the loop has ended
    std::function<void(const std::function<void()>&)> post;  // has it called by whoever runs the loop; from any thread
  };
  // So many threads stand in for one loop at most; with that many handlers stuck and one more, it waits for them. So no
  // other handler that may wait should begin while is_last().
  static constexpr std::size_t kStandInsMax = 16;

  explicit Turns(Loop loop) : loop_(std::move(loop)) {}
  ~Turns() { join(); }
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // The first thread, with the turn.
  void start();

  // Around a handler, on the thread that has the turn. end() returns when it has it again.
  using Mark = std::uint64_t;
  Mark begin();
  void end(Mark mark);

  // Whether so many handlers have lost the turn and are not back that nobody is left to stand in for one more. On the
  // thread that has the turn.
  bool is_last() const { return away_.load(std::memory_order_relaxed) >= kStandInsMax; }

  // From one thread, every few dozen milliseconds, and not after join() has begun.
  void look();

  // Whether threads rest inside of the loop, which then does not come to its end for want of work.
  bool are_several();
  // Waits until the loop has ended and every handler is done.
  void join();

 private:
  struct Waiter {
    std::condition_variable changed;
    bool has_turn = false;
  };
  void add_thread();  // with the mutex held
  static bool give(std::deque<Waiter*>& among);
  void yield();
  void pass_on();

  const Loop loop_;
  std::atomic<std::uint64_t> state_{0};  // counts beginnings and ends: odd while a handler has the turn
  std::uint64_t seen_ = 0;               // by the look before
  std::atomic<std::size_t> away_{0};     // handlers without the turn

  std::mutex mutex_;
  std::deque<Waiter*> returning_;  // their handlers are done, and they want the turn
  std::deque<Waiter*> resting_;    // they stood in and are needed no more
  bool is_free_ = false;           // the loop has ended and nobody has the turn
  std::vector<std::thread> threads_;
};

}  // namespace mibun::http
