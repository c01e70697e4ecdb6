#include "platform/keyd/pulse.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/platform/keyd/running_service.h"
#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;
using namespace std::chrono_literals;

namespace {

// Holds whoever asks for a person's key until it is told to let go: a lock that nobody gives back.
class Stuck final : public KeyHolder {
 public:
  Status create_person_key(const PersonId&) override { return {}; }
  Result<Bytes> seal(const PersonId&, const RecordName&, BytesView) override { return Bytes(); }
  Result<Bytes> open(const PersonId&, const RecordName&, BytesView) override { return Bytes(); }
  Status destroy_person_key(const PersonId&) override { return {}; }
  Result<bool> has_person_key(const PersonId&) override {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_free_; });
    if (fails_) return fail(ErrorCode::database_error, "keyd.db");
    return true;
  }
  Result<Bytes> lookup_hash(std::string_view, BytesView) override { return Bytes(); }
  Result<Bytes> person_hash(const PersonId&, std::string_view, BytesView) override { return Bytes(); }
  Status rotate_epoch() override { return {}; }

  void hold(bool is_held) {
    const std::lock_guard lock(mutex_);
    is_free_ = !is_held;
    changed_.notify_all();
  }
  void fail_from_now() {
    const std::lock_guard lock(mutex_);
    fails_ = true;
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_free_ = true, fails_ = false;
  int inside_ = 0;
};

// Looks once a second, of a time that is ours.
struct Looking {
  explicit Looking(const std::string& socket, Pulse::Limits limits = {}) : pulse(socket, limits) {}
  bool look(std::chrono::milliseconds later = 1s) {
    now += later;
    return pulse.beats(now);
  }
  // How many seconds it lives, of at most so many. `pause`: of the real time, in which answers arrive.
  int seconds_of_life(int most, std::chrono::milliseconds pause = 0ms) {
    for (int second = 0; second < most; ++second) {
      if (!look()) return second;
      std::this_thread::sleep_for(pause);
    }
    return most;
  }
  Pulse pulse;
  Until now = std::chrono::steady_clock::now();
};

constexpr Pulse::Limits kShort{.ping = 30s, .keys = 40s, .between_pings = 1s, .between_keys = 1s};
// Pings, which are answered by a thread that may be slow today, are left out of it.
constexpr Pulse::Limits kKeysAlone{.ping = 10h, .keys = 40s, .between_pings = 1s, .between_keys = 1s};

}  // namespace

TEST_CASE("a service that answers lives, also when its keys cannot be read and it has no signing keys") {
  const TempDir directory;
  Stuck holder;
  const RunningService service(directory.path(), {}, {}, &holder);
  Looking looking(service.socket(), kShort);
  CHECK(looking.seconds_of_life(100, 10ms) == 100);
  holder.fail_from_now();
  CHECK(looking.seconds_of_life(100, 10ms) == 100);
}

TEST_CASE("a socket at which nobody answers is silent after ten seconds, and not before") {
  const TempDir directory;
  // Connections are taken by the kernel, and nobody reads from them: a process that was stopped.
  const auto stopped = Service::listen({.socket_path = (directory.path() / "sock").string()});
  REQUIRE(stopped.has_value());
  Looking looking((directory.path() / "sock").string());
  CHECK(looking.look());
  CHECK(looking.seconds_of_life(60) == 9);
  Looking nobody((directory.path() / "nobody").string());
  CHECK(nobody.look());
  CHECK(nobody.seconds_of_life(60) == 9);
}

TEST_CASE("a service that answers late, but before its time is over, lives") {
  const TempDir directory;
  const auto service = Service::listen({.socket_path = (directory.path() / "sock").string()});
  REQUIRE(service.has_value());
  Looking looking((directory.path() / "sock").string(), kShort);
  CHECK(looking.look());
  CHECK(looking.seconds_of_life(15) == 15);
  Stuck holder;
  GuardedKeyHolder guarded(holder, {});
  (*service)->start(guarded);
  const int stop = ::eventfd(0, EFD_CLOEXEC);
  std::thread runs([&] { (*service)->run(stop); });
  CHECK(looking.seconds_of_life(100, 10ms) == 100);
  ::eventfd_write(stop, 1);
  runs.join();
  ::close(stop);
}

TEST_CASE("keys behind a lock that nobody gives back are noticed, as late as twenty minutes after the question") {
  const TempDir directory;
  Stuck holder;
  holder.hold(true);
  const RunningService service(directory.path(), {}, {}, &holder);
  Looking looking(service.socket(), kKeysAlone);
  CHECK(looking.look());
  CHECK(looking.seconds_of_life(100, 2ms) == 39);
  holder.hold(false);
  CHECK(Pulse::Limits{}.keys == 20min);
}

TEST_CASE("a service whose every place is held is found, although it refuses whoever comes") {
  const TempDir directory;
  Stuck holder;
  holder.hold(true);
  const RunningService service(directory.path(), {.working_max = 2, .waiting_max = 0}, {}, &holder);
  std::vector<std::thread> waiting;
  for (int i = 0; i < 2; ++i) {
    waiting.emplace_back([&] { static_cast<void>(service.client()->has_person_key(PersonId{"p"})); });
  }
  holder.wait_for(2);
  Looking looking(service.socket(), kKeysAlone);
  CHECK(looking.look());
  CHECK(looking.seconds_of_life(100, 2ms) == 39);
  // But it answers: to refuse is to live.
  Looking pinging(service.socket(), {.ping = 30s, .keys = 10h, .between_pings = 1s, .between_keys = 1s});
  CHECK(pinging.seconds_of_life(100, 10ms) == 100);
  holder.hold(false);
  for (std::thread& thread : waiting) thread.join();
}

TEST_CASE("a machine that stood still is not taken for a service that did") {
  const TempDir directory;
  const auto stopped = Service::listen({.socket_path = (directory.path() / "sock").string()});
  REQUIRE(stopped.has_value());
  Looking looking((directory.path() / "sock").string());
  CHECK(looking.look());
  CHECK(looking.look(8h));
  CHECK(looking.seconds_of_life(60) == 8);
}
