#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <random>

#include "tests/platform/http/peers.h"
#include "tests/platform/http/request_rows.h"

using namespace mibun::http;

// The rows of request_rows.cc through real sockets. Behind each comes a second request: if a refused message were read
// as something shorter, the handler would see it.
namespace {

constexpr std::string_view kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

struct Witness {
  std::atomic<int> calls{0};
  std::atomic<int> smuggled{0};

  Handler handler() {
    return [this](const ServerRequest& request) {
      ++calls;
      if (request.path == "/smuggled") ++smuggled;
      return echo(request);
    };
  }
};

ServerOptions row_options() {
  ServerOptions options;
  options.threads = 1;
  options.body_bytes_max = kRowBodyBytesMax;
  return options;
}

// The request, and another behind it.
void send_with_another(RawPeer& peer, std::string_view request, bool byte_by_byte) {
  if (byte_by_byte) {
    peer.send_byte_by_byte(request);
  } else {
    peer.send(request);
  }
  peer.send(kSmuggled);
}

std::vector<RequestRow> refused_requests() {
  std::vector<RequestRow> rows = refused_heads();
  for (RequestRow& row : refused_bodies()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

TEST_CASE("every refused request gets its status and is the last one of its connection") {
  Witness witness;
  const auto server = start_server(row_options(), witness.handler());
  REQUIRE(refused_requests().size() >= 150);
  for (const RequestRow& row : refused_requests()) {
    for (const bool byte_by_byte : {false, true}) {
      if (byte_by_byte && row.bytes.size() > 1000) continue;
      INFO(row.why, byte_by_byte ? ", byte by byte" : ", in one piece");
      RawPeer peer(server->port());
      send_with_another(peer, row.bytes, byte_by_byte);
      const auto answer = peer.receive_until_closed();
      REQUIRE(answer.has_value());
      CHECK(status_of(*answer) == row.status);
      CHECK(count_of(*answer, "HTTP/1.1 ") == 1);
      CHECK(answer->find("\r\nConnection: close\r\n") != std::string::npos);
      CHECK(answer->find("\r\nDate: ") != std::string::npos);
    }
  }
  CHECK(witness.calls == 0);
}

TEST_CASE("every accepted request is answered once, and so is the next one behind it") {
  Witness witness;
  const auto server = start_server(row_options(), witness.handler());
  for (const RequestRow& row : accepted_requests()) {
    for (const bool byte_by_byte : {false, true}) {
      if (byte_by_byte && row.bytes.size() > 1000) continue;
      INFO(row.why, byte_by_byte ? ", byte by byte" : ", in one piece");
      const int before = witness.smuggled;
      RawPeer peer(server->port());
      send_with_another(peer, row.bytes, byte_by_byte);
      CHECK(status_of(peer.receive_answer()) == 200);
      const bool stays_open = row.bytes.find("HTTP/1.0") == std::string::npos;
      if (stays_open) CHECK(body_of(peer.receive_answer()) == "GET /smuggled ");
      CHECK(witness.smuggled == before + (stays_open ? 1 : 0));
    }
  }
}

TEST_CASE("the refusal's page is the program's, its status is not") {
  ServerOptions options = row_options();
  options.refusal = [](int status, std::string_view reason) {
    ServerResponse response;
    response.status = 200;
    response.content_type = "application/problem+json";
    response.body = std::to_string(status) + ": " + std::string(reason);
    return response;
  };
  const auto server = start_server(std::move(options));
  RawPeer peer(server->port());
  peer.send("GET / HTTP/1.1\r\n\r\n");
  const auto answer = peer.receive_until_closed();
  REQUIRE(answer.has_value());
  CHECK(status_of(*answer) == 400);
  CHECK(answer->find("Content-Type: application/problem+json") != std::string::npos);
  CHECK(body_of(*answer) == "400: Host is missing");
}

TEST_CASE("a request that ends early is refused, a connection that says nothing is just closed") {
  const auto server = start_server(row_options());
  for (const std::string_view bytes :
       {"G", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"}) {
    INFO(bytes);
    RawPeer peer(server->port());
    peer.send(bytes);
    peer.finish_sending();
    const auto answer = peer.receive_until_closed();
    REQUIRE(answer.has_value());
    CHECK(status_of(*answer) == 400);
  }
  RawPeer silent(server->port());
  silent.finish_sending();
  CHECK(silent.receive_until_closed() == "");
}

TEST_CASE("requests with random mutations never hang or end the server") {
  Witness witness;
  const auto server = start_server(row_options(), witness.handler());
  std::vector<RequestRow> rows = accepted_requests();
  std::mt19937 random(20261123);  // the same mutations each time
  const auto below = [&random](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (int round = 0; round < 300; ++round) {
    std::string bytes = rows[below(rows.size())].bytes;
    for (std::size_t change = 0; change <= below(4); ++change) {
      const std::size_t at = below(bytes.size());
      switch (below(4)) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, 1 + below(8));
          break;
        case 2:
          bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(16)));
          break;
        default:
          bytes.insert(at, 1, "\r\n\t :;,0\x7f"[below(9)]);
          break;
      }
      if (bytes.empty()) bytes = "\r";
    }
    INFO("round ", round);
    RawPeer peer(server->port());
    peer.send(bytes);
    peer.finish_sending();
    const auto answer = peer.receive_until_closed();
    REQUIRE(answer.has_value());
    CHECK(status_of(*answer) != 0);
    CHECK(answer->find("HTTP/1.1 500") == std::string::npos);
  }
  RawPeer peer(server->port());
  peer.send("GET /alive HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(body_of(peer.receive_answer()) == "GET /alive ");
}
