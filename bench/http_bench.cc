#include "bench/http_bench.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <thread>
#include <vector>

#include "bench/core_bench.h"
#include "bench/raw_limit.h"
#include "core/codecs/url.h"
#include "platform/http/server.h"

namespace mibun::bench {
namespace {

constexpr std::size_t kConnections = 16;

double thread_cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Written by the server thread after each request, read by the measuring thread between turns.
struct Progress {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<double> cpu_seconds{0};
  std::atomic<std::uint64_t> failures{0};
};

http::Handler verifying_handler(PresentationBench& bench, Progress& progress) {
  return [&](const http::ServerRequest& request) {
    http::ServerResponse response;
    const auto fields = form::Fields::parse(request.body);
    const bool ok = fields && fields->find("vp_token") && bench.verify().has_value();
    if (!ok) progress.failures.fetch_add(1);
    response.status = ok ? 200 : 400;
    response.content_type = "application/json";
    response.body = "{}";
    progress.cpu_seconds.store(thread_cpu_seconds());
    progress.requests.fetch_add(1);
    return response;
  };
}

// A blocking connection that sends one request again and again.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // The socket API speaks of every address family through one type.
    open_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Connection(Connection&& other) noexcept : socket_(std::exchange(other.socket_, -1)), open_(other.open_) {}
  Connection& operator=(Connection&&) = delete;
  ~Connection() {
    if (socket_ >= 0) ::close(socket_);
  }

  bool send(std::string_view request) {
    while (open_ && !request.empty()) {
      const ssize_t sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
      open_ = sent > 0;
      if (open_) request.remove_prefix(static_cast<std::size_t>(sent));
    }
    return open_;
  }

  // One response with its body.
  bool receive() {
    std::string text;
    std::array<char, 4096> buffer{};
    for (;;) {
      const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (got <= 0) return open_ = false;
      text.append(buffer.data(), static_cast<std::size_t>(got));
      const auto end = text.find("\r\n\r\n");
      if (end != std::string::npos && text.size() >= end + 4 + 2) return text.starts_with("HTTP/1.1 200");
    }
  }

 private:
  int socket_;
  bool open_ = false;
};

void load(std::uint16_t port, const std::string& request, const std::atomic<bool>& stop, std::atomic<bool>& broken) {
  std::vector<Connection> connections;
  for (std::size_t i = 0; i < kConnections; ++i) connections.emplace_back(port);
  while (!stop.load() && !broken.load()) {
    for (Connection& connection : connections) broken = broken || !connection.send(request);
    for (Connection& connection : connections) broken = broken || !connection.receive();
  }
}

std::string make_request(const std::string& presentation) {
  const std::string body = form::encode({{"vp_token", presentation}});
  return "POST /verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
         "application/x-www-form-urlencoded\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

double raw_pairs_per_second(RawLimit& raw, milliseconds turn) {
  const double start = thread_cpu_seconds();
  const double length = static_cast<double>(turn.count()) * 1e-3;
  std::size_t pairs = 0;
  while (thread_cpu_seconds() - start < length) pairs += raw.verify_two() ? 1U : 0U;
  return static_cast<double>(pairs) / (thread_cpu_seconds() - start);
}

}  // namespace

Result<HttpShare> measure_http_share(int rounds, milliseconds per_turn) {
  MIBUN_TRY(auto bench, PresentationBench::make());
  RawLimit raw;
  Progress progress;
  http::ServerOptions options;
  options.threads = 1;
  MIBUN_TRY(auto server, http::Server::bind(options, verifying_handler(bench, progress)));
  server->start();
  const std::string request = make_request(bench.text());

  std::vector<HttpShare> shares;
  std::atomic<bool> broken{false};
  for (int round = 0; round < rounds && !broken; ++round) {
    HttpShare share;
    share.raw_pairs_per_second = raw_pairs_per_second(raw, per_turn);
    std::atomic<bool> stop{false};
    std::thread client([&] { load(server->port(), request, stop, broken); });
    std::this_thread::sleep_for(per_turn / 5);  // warm: connections made, caches filled
    const std::uint64_t requests_before = progress.requests;
    const double cpu_before = progress.cpu_seconds;
    std::this_thread::sleep_for(per_turn);  // the length of the turn
    const double cpu = progress.cpu_seconds - cpu_before;
    const auto requests = static_cast<double>(progress.requests - requests_before);
    stop = true;
    client.join();
    if (cpu > 0) share.requests_per_second = requests / cpu;
    share.ratio = share.requests_per_second / share.raw_pairs_per_second;
    shares.push_back(share);
  }
  server->stop();
  if (broken || progress.failures > 0 || shares.empty()) {
    return fail(ErrorCode::internal_error, "bench http", "a request failed");
  }
  std::ranges::sort(shares, {}, &HttpShare::ratio);
  return shares[shares.size() / 2];
}

}  // namespace mibun::bench
