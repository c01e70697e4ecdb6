// Twenty times more requests than can be answered (threat F12).
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/platform/http/peers.h"

using namespace mibun::http;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

namespace {

constexpr auto kWork = 20ms;
constexpr auto kWaitingMax = 200ms;
constexpr std::size_t kPeers = 120;  // who all ask at once: the last of them would wait for 2.4 seconds

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

// One thread, whose every answer takes its time: ten of them in the time that a request may wait.
struct Busy {
  std::atomic<int> done = 0;
  std::unique_ptr<Server> server = start_server(
      {.threads = 1, .waiting_max = kWaitingMax, .never_refused = {"/healthz"}}, [this](const ServerRequest& request) {
        if (request.path == "/healthz") return echo(request);
        std::this_thread::sleep_for(kWork);
        ++done;
        return echo(request);
      });
};

struct Seen {
  int answered = 0, refused = 0, other = 0;
  std::vector<std::chrono::milliseconds> times;  // of those that were answered
};

// Asks over one connection so many times, whatever it is told.
Seen ask_on(std::uint16_t port, const std::string& name, int times) {
  Seen seen;
  RawPeer peer(port);
  for (int i = 0; i < times; ++i) {
    const std::string target = "/" + name + "-" + std::to_string(i);
    const auto began = Steady::now();
    peer.send(get(target));
    const std::string answer = peer.receive_answer();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - began);
    if (status_of(answer) == 200 && body_of(answer) == "GET " + target + " ") {
      ++seen.answered;
      seen.times.push_back(took);
    } else if (status_of(answer) == 503 && answer.contains("\r\nRetry-After: 1\r\n")) {
      ++seen.refused;
    } else {
      ++seen.other;
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("of twenty times more requests than can be answered so many are answered in time, and the rest are told") {
  Busy busy;
  const std::uint16_t port = busy.server->port();
  std::vector<Seen> all(kPeers);
  std::atomic<std::size_t> left = kPeers;
  std::vector<std::thread> peers;
  for (std::size_t i = 0; i < all.size(); ++i) {
    peers.emplace_back([&, i] {
      all.at(i) = ask_on(port, std::to_string(i), 3);
      --left;
    });
  }
  RawPeer health(port);
  while (left > 0) {
    health.send(get("/healthz"));
    CHECK(body_of(health.receive_answer()) == "GET /healthz ");
  }
  for (std::thread& peer : peers) peer.join();
  Seen sum;
  for (const Seen& seen : all) {
    sum.answered += seen.answered;
    sum.refused += seen.refused;
    sum.other += seen.other;
    sum.times.insert(sum.times.end(), seen.times.begin(), seen.times.end());
  }
  std::ranges::sort(sum.times);
  REQUIRE(!sum.times.empty());
  MESSAGE(sum.answered << " answered, " << sum.refused << " refused; half of the answers took "
                       << sum.times.at(sum.times.size() / 2).count() << " ms or less, the slowest "
                       << sum.times.back().count());
  CHECK(sum.other == 0);
  CHECK(sum.answered == busy.done);  // what a handler did was said, and what was said was done
  CHECK(sum.refused > sum.answered);
  CHECK(sum.times.at(sum.times.size() / 2) < kPeers * kWork / 2);
  // And now it is as before.
  const Seen after = ask_on(port, "after", 10);
  CHECK(after.answered == 10);
}

TEST_CASE("who asks no more than can be answered is never refused") {
  Busy busy;
  std::vector<Seen> all(3);
  std::vector<std::thread> peers;
  for (std::size_t i = 0; i < all.size(); ++i) {
    peers.emplace_back([&, i] { all.at(i) = ask_on(busy.server->port(), std::to_string(i), 20); });
  }
  for (std::thread& peer : peers) peer.join();
  for (const Seen& seen : all) CHECK(seen.answered == 20);
}
