// A handler that waits holds up nobody else, even where one thread serves everybody.
#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "platform/http/turns.h"
#include "tests/platform/http/peers.h"

using namespace mibun::http;
using namespace std::chrono_literals;

namespace {

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

// Handlers of "/wait..." wait here until they may go on.
class Gate {
 public:
  ServerResponse answer(const ServerRequest& request) {
    if (request.path.starts_with("/wait")) {
      std::unique_lock lock(mutex_);
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_; });
      --waiting_;
    }
    return echo(request);
  }
  bool wait_for(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return waiting_ == count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

std::unique_ptr<Server> start_with(Gate& gate, ServerOptions options = {}) {
  options.threads = 1;
  return start_server(std::move(options), [&gate](const ServerRequest& request) { return gate.answer(request); });
}

}  // namespace

TEST_CASE("while handlers wait, others are answered by the same loop; then they give their answers") {
  Gate gate;
  const auto server = start_with(gate);
  std::vector<std::unique_ptr<RawPeer>> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.push_back(std::make_unique<RawPeer>(server->port()));
    waiting.back()->send(get("/wait" + std::to_string(i)));
    REQUIRE(gate.wait_for(i + 1));
    RawPeer other(server->port());
    for (int k = 0; k < 3; ++k) {
      other.send(get("/other"));
      CHECK(body_of(other.receive_answer()) == "GET /other ");
    }
  }
  gate.open();
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    CHECK(body_of(waiting.at(i)->receive_answer()) == "GET /wait" + std::to_string(i) + " ");
    waiting.at(i)->send(get("/again"));  // the connection is as good as before
    CHECK(body_of(waiting.at(i)->receive_answer()) == "GET /again ");
  }
}

TEST_CASE("with as many stuck as threads may stand in, the next waits for them, and nobody is forgotten") {
  Gate gate;
  const auto server = start_with(gate, {.waiting_max = 60s, .never_refused = {"/healthz"}});
  constexpr int kStuck = static_cast<int>(Turns::kStandInsMax);
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < kStuck; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server->port()));
    peers.back()->send(get("/wait"));
    REQUIRE(gate.wait_for(i + 1));
  }
  RawPeer healthy(server->port());
  for (int i = 0; i < 40; ++i) {  // until the last of them has lost its turn, too
    healthy.send(get("/healthz"));
    CHECK(body_of(healthy.receive_answer()) == "GET /healthz ");
    std::this_thread::sleep_for(5ms);
  }
  for (int i = 0; i < 5; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server->port()));
    peers.back()->send(get("/wait"));
  }
  CHECK(peers.back()->receive_until_closed(300ms) == std::nullopt);
  healthy.send(get("/healthz"));
  CHECK(body_of(healthy.receive_answer()) == "GET /healthz ");
  CHECK(gate.wait_for(kStuck));
  gate.open();
  for (const auto& peer : peers) CHECK(body_of(peer->receive_answer()) == "GET /wait ");
}

TEST_CASE("with as many stuck as threads may stand in, whoever waited for his time is refused, and comes again") {
  Gate gate;
  const auto server = start_with(gate, {.waiting_max = 200ms, .never_refused = {"/healthz"}});
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (int i = 0; i < static_cast<int>(Turns::kStandInsMax); ++i) {
    peers.push_back(std::make_unique<RawPeer>(server->port()));
    peers.back()->send(get("/wait"));
    REQUIRE(gate.wait_for(i + 1));
  }
  RawPeer healthy(server->port()), late(server->port());
  std::string refused;
  for (int i = 0; i < 40 && status_of(refused) != 503; ++i) {  // until the last of them has lost its turn, too
    late.send(get("/other"));
    refused = late.receive_answer();
  }
  CHECK(status_of(refused) == 503);
  CHECK(refused.contains("\r\nRetry-After: 1\r\n"));
  healthy.send(get("/healthz"));
  CHECK(body_of(healthy.receive_answer()) == "GET /healthz ");
  gate.open();
  for (const auto& peer : peers) CHECK(body_of(peer->receive_answer()) == "GET /wait ");
  late.send(get("/other"));
  CHECK(body_of(late.receive_answer()) == "GET /other ");
}

TEST_CASE("the time that a handler takes is not held against the peer") {
  Gate gate;
  ServerOptions options;
  options.header_timeout = options.body_timeout = options.idle_timeout = 100ms;
  const auto server = start_with(gate, std::move(options));
  RawPeer peer(server->port());
  peer.send(get("/wait"));
  REQUIRE(gate.wait_for(1));
  RawPeer silent(server->port());
  CHECK(silent.receive_until_closed() == "");  // another thread looks after the times of all
  gate.open();
  CHECK(body_of(peer.receive_answer()) == "GET /wait ");
}

TEST_CASE("a server that is stopped while a handler waits ends when it is done, and sends its answer") {
  Gate gate;
  auto server = start_with(gate);
  RawPeer peer(server->port()), other(server->port());
  peer.send(get("/wait"));
  REQUIRE(gate.wait_for(1));
  other.send(get("/other"));
  REQUIRE(body_of(other.receive_answer()) == "GET /other ");  // a thread stands in
  std::thread opening([&] {
    CHECK(other.receive_until_closed() == "");  // the stop has begun: who is idle is let go
    gate.open();
  });
  server->stop();
  opening.join();
  CHECK(body_of(peer.receive_answer()) == "GET /wait ");
}

TEST_CASE("handlers that take their time now and then, on many connections") {
  std::atomic<int> number = 0;
  const auto server = start_server({}, [&](const ServerRequest& request) {
    if (++number % 40 == 0) std::this_thread::sleep_for(130ms);
    return echo(request);
  });
  std::atomic<int> right = 0;
  std::vector<std::thread> peers;
  for (int i = 0; i < 12; ++i) {
    peers.emplace_back([&, i] {
      RawPeer peer(server->port());
      for (int k = 0; k < 60; ++k) {
        const std::string target = "/" + std::to_string(i) + "/" + std::to_string(k);
        peer.send(get(target));
        if (body_of(peer.receive_answer()) == "GET " + target + " ") ++right;
      }
    });
  }
  for (std::thread& peer : peers) peer.join();
  CHECK(right == 12 * 60);
}

TEST_CASE("handlers that begin to wait all at once hold up nobody who comes meanwhile") {
  for (int round = 0; round < 3; ++round) {
    Gate gate;
    const auto server = start_server({}, [&gate](const ServerRequest& request) { return gate.answer(request); });
    std::vector<std::unique_ptr<RawPeer>> waiting;
    for (int i = 0; i < 8; ++i) {
      waiting.push_back(std::make_unique<RawPeer>(server->port()));
      waiting.back()->send(get("/wait"));
    }
    for (int i = 0; i < 40; ++i) {
      RawPeer other(server->port());
      other.send(get("/other"));
      CHECK(body_of(other.receive_answer()) == "GET /other ");  // waits for five seconds
    }
    CHECK(gate.wait_for(8));
    gate.open();
    for (const auto& peer : waiting) CHECK(body_of(peer->receive_answer()) == "GET /wait ");
  }
}
