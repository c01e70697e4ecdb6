#include "platform/http/server.h"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/platform/http/peers.h"

using namespace mibun;
using namespace mibun::http;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view kGet = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

milliseconds since(steady_clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
}

ServerOptions impatient() {
  ServerOptions options;
  options.threads = 1;
  options.header_timeout = milliseconds(200);
  options.body_timeout = milliseconds(200);
  options.idle_timeout = milliseconds(200);
  return options;
}

}  // namespace

TEST_CASE("a thousand requests on one connection") {
  const auto server = start_server({});
  RawPeer peer(server->port());
  for (int i = 0; i < 1000; ++i) {
    const std::string target = "/" + std::to_string(i);
    peer.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    REQUIRE(body_of(peer.receive_answer()) == "GET " + target + " ");
  }
}

TEST_CASE("requests sent ahead are answered in order") {
  const auto server = start_server({});
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 37, 'b');
    all += i % 2 == 0 ? "POST /" + std::to_string(i) +
                            " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body
                      : "POST /" + std::to_string(i) +
                            " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  }
  RawPeer peer(server->port());
  std::thread sender([&] { peer.send(all); });
  for (int i = 0; i < 200; ++i) {
    const std::string body = i % 2 == 0 ? std::string(static_cast<std::size_t>(i) * 37, 'b') : "ab";
    CHECK(body_of(peer.receive_answer()) == "POST /" + std::to_string(i) + " " + body);
  }
  sender.join();
}

TEST_CASE("parallel peers get their own answers") {
  const auto server = start_server({});
  std::atomic<int> wrong{0};
  std::vector<std::thread> peers;
  for (int p = 0; p < 8; ++p) {
    peers.emplace_back([&, p] {
      for (int i = 0; i < 50; ++i) {
        RawPeer peer(server->port());
        const std::string body = std::to_string(p) + "-" + std::to_string(i);
        peer.send("PUT /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        if (body_of(peer.receive_answer()) != "PUT /p " + body) ++wrong;
      }
    });
  }
  for (std::thread& peer : peers) peer.join();
  CHECK(wrong == 0);
}

TEST_CASE("a handler sees the request as it arrived") {
  ServerOptions options;
  const auto server = start_server(std::move(options), [](const ServerRequest& request) {
    ServerResponse response;
    response.body = std::string(request.path) + "|" + std::string(request.query) + "|" +
                    std::string(request.peer_address) + "|" + std::string(request.header("x-once").value_or("none")) +
                    "|" + std::string(request.header("X-Twice").value_or("none")) + "|" +
                    std::to_string(request.header_count("x-twice"));
    return response;
  });
  RawPeer peer(server->port());
  peer.send("GET /a?b=c HTTP/1.1\r\nHost: a\r\nX-Once: 1\r\nX-Twice: 2\r\nx-twice: 3\r\n\r\n");
  CHECK(body_of(peer.receive_answer()) == "/a|b=c|127.0.0.1|1|none|2");
}

TEST_CASE("the answer to HEAD has the length and no body") {
  const auto server = start_server({});
  RawPeer peer(server->port());
  peer.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string answer = peer.receive_answer(true);
  CHECK(answer.find("\r\nContent-Length: 8\r\n") != std::string::npos);
  peer.send(kGet);
  CHECK(peer.receive_answer().starts_with("HTTP/1.1 200"));
}

TEST_CASE("Connection: close closes after the answer") {
  const auto server = start_server({});
  RawPeer peer(server->port());
  peer.send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  peer.send(kGet);
  const auto answer = peer.receive_until_closed();
  REQUIRE(answer.has_value());
  CHECK(count_of(*answer, "HTTP/1.1 200") == 1);
  CHECK(answer->find("\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("100 Continue comes when the body may come, and only then") {
  ServerOptions options;
  options.body_bytes_max = 10;
  const auto server = start_server(std::move(options));
  const std::string head = "PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";

  RawPeer waiting(server->port());
  waiting.send(head + "Content-Length: 3\r\n\r\n");
  CHECK(waiting.receive_answer() == "HTTP/1.1 100 Continue\r\n\r\n");
  waiting.send("abc");
  CHECK(body_of(waiting.receive_answer()) == "PUT /x abc");

  RawPeer chunked(server->port());
  chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n");
  CHECK(chunked.receive_answer() == "HTTP/1.1 100 Continue\r\n\r\n");
  chunked.send("1\r\nx\r\n0\r\n\r\n");
  CHECK(body_of(chunked.receive_answer()) == "PUT /x x");

  RawPeer hasty(server->port());
  hasty.send(head + "Content-Length: 3\r\n\r\nabc");
  CHECK(status_of(hasty.receive_answer()) == 200);

  RawPeer large(server->port());
  large.send(head + "Content-Length: 11\r\n\r\n");
  CHECK(status_of(large.receive_answer()) == 413);
}

TEST_CASE("a 413 reaches a peer that goes on sending") {
  ServerOptions options;
  options.body_bytes_max = 1000;
  const auto server = start_server(std::move(options));
  RawPeer peer(server->port());
  peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n" + std::string(2'000'000, 'x'));
  const auto answer = peer.receive_until_closed();
  REQUIRE(answer.has_value());
  CHECK(status_of(*answer) == 413);
  CHECK(peer.closed_in_order());  // a reset could have overtaken the answer
}

TEST_CASE("large bodies arrive whole, sized and chunked") {
  ServerOptions options;
  options.body_bytes_max = 3'000'000;
  const auto server = start_server(std::move(options), [](const ServerRequest& request) {
    ServerResponse response;
    response.body = std::string(request.body);
    return response;
  });
  std::string body;
  for (int i = 0; body.size() < 2'500'000; ++i) body += std::to_string(i) + ",";
  RawPeer peer(server->port());
  peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  CHECK(body_of(peer.receive_answer()) == body);
  std::string chunks;
  for (std::size_t at = 0; at < body.size(); at += 4096) {
    const std::string part = body.substr(at, 4096);
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", part.size());
    chunks += size + part + "\r\n";
  }
  peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");
  CHECK(body_of(peer.receive_answer()) == body);
}

TEST_CASE("slow peers are turned away in time") {
  struct Row {
    std::string_view why, first, drip;
  };
  static constexpr Row rows[] = {
      {"the request line", "GE", "T"},
      {"headers", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y"},
      {"a sized body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", "x"},
      {"a chunked body", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"},
  };
  const auto server = start_server(impatient());
  for (const Row& row : rows) {
    INFO(row.why);
    const auto start = steady_clock::now();
    RawPeer peer(server->port());
    peer.send(row.first);
    std::optional<std::string> answer;
    while (!answer && since(start) < milliseconds(3000)) {
      peer.send(row.drip);
      answer = peer.receive_until_closed(milliseconds(30));
    }
    REQUIRE(answer.has_value());
    CHECK(status_of(*answer) == 408);
    CHECK(since(start) >= milliseconds(190));
    CHECK(since(start) < milliseconds(1000));
  }
}

TEST_CASE("an idle connection is closed without a word") {
  const auto server = start_server(impatient());
  RawPeer fresh(server->port());
  RawPeer used(server->port());
  used.send(kGet);
  CHECK(status_of(used.receive_answer()) == 200);
  CHECK(fresh.receive_until_closed() == "");
  CHECK(used.receive_until_closed() == "");
}

TEST_CASE("a peer that does not read its answer is dropped") {
  ServerOptions options = impatient();
  std::atomic<int> calls{0};
  const auto server = start_server(std::move(options), [&calls](const ServerRequest&) {
    ++calls;
    ServerResponse response;
    response.body = std::string(20'000'000, 'x');
    return response;
  });
  RawPeer peer(server->port());
  peer.send(kGet);
  std::this_thread::sleep_for(milliseconds(800));
  const auto answer = peer.receive_until_closed();
  REQUIRE(answer.has_value());
  CHECK(answer->size() < 20'000'000);
  CHECK(calls == 1);
}

TEST_CASE("A43: connections over the limit are turned away, and let in again later") {
  ServerOptions options;
  options.threads = 1;
  options.connections_max = 2;
  const auto server = start_server(std::move(options));
  RawPeer last(server->port());
  {
    RawPeer first(server->port());
    first.send(kGet);
    CHECK(status_of(first.receive_answer()) == 200);
    last.send(kGet);
    CHECK(status_of(last.receive_answer()) == 200);
    RawPeer third(server->port());
    const auto answer = third.receive_until_closed();
    REQUIRE(answer.has_value());
    CHECK(status_of(*answer) == 503);
  }
  for (int attempt = 0; attempt < 50; ++attempt) {
    RawPeer again(server->port());
    again.send(kGet);
    if (status_of(again.receive_answer()) == 200) return;
    std::this_thread::sleep_for(milliseconds(20));
  }
  FAIL("no connection was let in again");
}

TEST_CASE("stopping lets a running request end, closes idle connections and frees the port") {
  std::atomic<bool> running{false};
  ServerOptions options;
  options.threads = 1;
  auto server = start_server(std::move(options), [&running](const ServerRequest& request) {
    running = true;
    std::this_thread::sleep_for(milliseconds(300));
    return echo(request);
  });
  RawPeer idle(server->port());
  RawPeer busy(server->port());
  busy.send(kGet);
  while (!running) std::this_thread::sleep_for(milliseconds(5));
  const auto start = steady_clock::now();
  std::thread stopper([&] { server->stop(); });
  const auto answer = busy.receive_until_closed();
  REQUIRE(answer.has_value());
  CHECK(body_of(*answer) == "GET /x ");
  CHECK(idle.receive_until_closed() == "");
  stopper.join();
  CHECK(since(start) < milliseconds(3000));
  server->stop();  // again: nothing to do
  CHECK_THROWS(RawPeer(server->port()));
  ServerOptions same;
  same.port = server->port();
  CHECK(Server::bind(std::move(same), echo).has_value());
}

TEST_CASE("stopping ends a request that never ends, after a while") {
  auto server = start_server({});
  RawPeer peer(server->port());
  peer.send("GET / HTTP/1.1\r\n");
  std::this_thread::sleep_for(milliseconds(50));
  const auto start = steady_clock::now();
  server->stop();
  CHECK(since(start) < milliseconds(7000));
}

TEST_CASE("a server that was never started stops") {
  auto server = Server::bind({}, echo);
  REQUIRE(server.has_value());
  (*server)->stop();
}

TEST_CASE("a handler that throws gives a 500 without detail and tells the program") {
  std::string told;
  ServerOptions options;
  options.threads = 1;
  options.handler_failed = [&told](std::string_view type) { told += std::string(type) + ";"; };
  auto server = start_server(std::move(options), [](const ServerRequest& request) -> ServerResponse {
    if (request.path == "/throw") throw std::runtime_error("a secret");
    if (request.path == "/number") throw 7;
    ServerResponse response;
    if (request.path == "/inject") response.headers = {{"X", "y\r\nSet-Cookie: z"}};
    response.body = "fine";
    return response;
  });
  RawPeer peer(server->port());
  for (const std::string path : {"/throw", "/number", "/inject"}) {
    INFO(path);
    peer.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string answer = peer.receive_answer();
    CHECK(status_of(answer) == 500);
    CHECK(answer.find("secret") == std::string::npos);
    CHECK(answer.find("Set-Cookie") == std::string::npos);
  }
  peer.send(kGet);
  CHECK(body_of(peer.receive_answer()) == "fine");
  server->stop();
  CHECK(count_of(told, ";") == 3);
  CHECK(told.find("runtime_error") != std::string::npos);
  CHECK(told.find("secret") == std::string::npos);
}

TEST_CASE("what cannot be bound says why") {
  const auto server = start_server({});
  ServerOptions options;
  options.port = server->port();
  const auto second = Server::bind(std::move(options), echo);
  REQUIRE(!second.has_value());
  CHECK(second.error().code == ErrorCode::io_error);
  CHECK(second.error().detail == "port " + std::to_string(server->port()) + " is already in use");

  ServerOptions nowhere;
  nowhere.address = "localhost";
  const auto third = Server::bind(std::move(nowhere), echo);
  REQUIRE(!third.has_value());
  CHECK(third.error().code == ErrorCode::invalid_argument);
}
