#include "platform/keyd/breaker.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "tests/platform/keyd/running_service.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;
using namespace std::chrono_literals;
using Pass = Breaker::Pass;

namespace {

// Listens, and says nothing for as long as it is there: what a stopped process looks like from outside.
class SilentService {
 public:
  explicit SilentService(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket_, 64) == 0);
  }
  ~SilentService() { ::close(socket_); }
  SilentService(const SilentService&) = delete;
  SilentService& operator=(const SilentService&) = delete;

 private:
  int socket_;
};

}  // namespace

TEST_CASE("after two silences in a row nobody waits, and one at a time tries") {
  const Breaker::Time now{};
  Breaker breaker(1s);
  breaker.was_silent(now);
  CHECK(breaker.enter(now) == Pass::go);
  breaker.was_answered();
  breaker.was_silent(now);
  CHECK(breaker.enter(now) == Pass::go);  // not in a row
  breaker.was_silent(now);
  CHECK(breaker.is_open());
  CHECK(breaker.enter(now + 999ms) == Pass::refused);
  CHECK(breaker.enter(now + 1s) == Pass::try_first);
  CHECK(breaker.enter(now + 1s) == Pass::refused);  // somebody is at it
  breaker.was_silent(now + 2s);
  CHECK(breaker.enter(now + 2s) == Pass::refused);
  CHECK(breaker.enter(now + 3s) == Pass::try_first);
  breaker.was_answered();
  CHECK(!breaker.is_open());
  CHECK(breaker.enter(now + 3s) == Pass::go);
}

TEST_CASE("a service that hangs holds up the first callers once, and is found again when it answers") {
  const TempDir directory;
  auto service = std::make_unique<RunningService>(directory.path());
  const std::string socket = service->socket();
  const auto client =
      service->client({.socket_path = {}, .time_limit = 400ms, .pause = 100ms, .short_time_limit = 50ms});
  REQUIRE(client->create_person_key(kAlice));
  CHECK(client->health() == KeysHealth::ok);
  service.reset();
  CHECK(client->has_person_key(kAlice).error().code == ErrorCode::keyd_unavailable);
  CHECK(client->health() == KeysHealth::unavailable);
  auto hanging = std::make_unique<SilentService>(socket);
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::thread> callers;
  for (int i = 0; i < 40; ++i) {
    callers.emplace_back([&] { CHECK(client->has_person_key(kAlice).error().code == ErrorCode::keyd_unavailable); });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(std::chrono::steady_clock::now() - began < 3s);
  const auto refusing = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) CHECK(client->has_person_key(kAlice).error().code == ErrorCode::keyd_unavailable);
  CHECK(std::chrono::steady_clock::now() - refusing < 2s);  // 50 waits would be 20 s
  CHECK(client->health() == KeysHealth::unavailable);
  hanging.reset();
  service = std::make_unique<RunningService>(directory.path());
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (!client->has_person_key(kAlice) && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(10ms);
  CHECK(client->has_person_key(kAlice).value());
  CHECK(client->health() == KeysHealth::ok);
}

TEST_CASE("a service that hangs is waited for by so many and no more") {
  const TempDir directory;
  auto service = std::make_unique<RunningService>(directory.path());
  const std::string socket = service->socket();
  const auto client = service->client({.socket_path = {}, .connections_max = 2, .waiting_max = 3, .time_limit = 700ms});
  service.reset();
  const SilentService hanging(socket);
  std::atomic<int> at_once = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 20; ++i) {
    callers.emplace_back([&] {
      const auto began = std::chrono::steady_clock::now();
      CHECK(client->has_person_key(kAlice).error().code == ErrorCode::keyd_unavailable);
      if (std::chrono::steady_clock::now() - began < 350ms) ++at_once;
    });
  }
  for (std::thread& caller : callers) caller.join();
  CHECK(at_once >= 15);
}
