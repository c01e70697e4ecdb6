#include "bench/http_bench.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <span>
#include <thread>
#include <vector>

#include "bench/core_bench.h"
#include "bench/pinning.h"
#include "bench/polling.h"
#include "bench/raw_limit.h"
#include "bench/tls_connection.h"
#include "core/codecs/url.h"
#include "core/crypto/x509.h"
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

// One response with its body, by `receive(buffer)`.
template <class Receive>
bool receive_response(Receive&& receive) {
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const std::size_t got = receive(buffer);
    if (got == 0) return false;
    text.append(buffer.data(), got);
    const auto end = text.find("\r\n\r\n");
    if (end != std::string::npos && text.size() >= end + 4 + 2) return text.starts_with("HTTP/1.1 200");
  }
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

  std::size_t receive(std::span<char> buffer) {
    wait_by_polling(socket_);
    const ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    open_ = got > 0;
    return open_ ? static_cast<std::size_t>(got) : 0;
  }

 private:
  int socket_;
  bool open_ = false;
};

template <class Line>
void load(std::vector<Line>& lines, const std::string& request, const std::atomic<bool>& stop,
          std::atomic<bool>& broken) {
  while (!stop.load() && !broken.load()) {
    for (Line& line : lines) broken = broken || !line.send(request);
    for (Line& line : lines) {
      broken = broken || !receive_response([&](std::span<char> buffer) { return line.receive(buffer); });
    }
  }
}

// A root and a certificate for localhost.
struct TlsMaterial {
  std::string root_pem;
  http::TlsIdentity identity;
};

Result<TlsMaterial> make_tls() {
  const auto root_key = crypto::P256PrivateKey::generate(), key = crypto::P256PrivateKey::generate();
  crypto::CertificateRequest request;
  request.common_name = "bench root";
  request.not_before = SystemClock().now() - std::chrono::hours(1);
  request.not_after = SystemClock().now() + std::chrono::hours(24);
  MIBUN_TRY(const auto root, crypto::make_root_certificate(request, root_key));
  request.common_name = "localhost";
  request.san_dns = {"localhost"};
  request.purpose = crypto::CertificatePurpose::tls_server;
  MIBUN_TRY(const auto leaf, crypto::make_certificate(request, key.public_key(), root, root_key));
  const SecretBytes key_pem = crypto::private_key_pem(key);
  return TlsMaterial{root.pem(), {leaf.pem(), std::string(as_text(key_pem.reveal()))}};
}

// Runs on the client's CPU until `stop`.
void run_client(Transport transport, const std::string& root_pem, std::uint16_t port, const std::string& request,
                const std::atomic<bool>& stop, std::atomic<bool>& broken) {
  if (transport == Transport::plain) {
    std::vector<Connection> lines;
    for (std::size_t i = 0; i < kConnections; ++i) lines.emplace_back(port);
    load(lines, request, stop, broken);
    return;
  }
  const TlsTrust trust(root_pem);
  std::vector<TlsConnection> lines;
  for (std::size_t i = 0; i < kConnections; ++i) lines.emplace_back(trust, port);
  load(lines, request, stop, broken);
}

std::string make_request(const std::string& presentation) {
  const std::string body = form::encode({{"vp_token", presentation}});
  return "POST /verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
         "application/x-www-form-urlencoded\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

// On a busy machine a turn takes longer than it counts.
template <class Condition>
void wait_until(const std::atomic<bool>& broken, Condition&& holds) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!broken && !holds() && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

double raw_pairs_per_second(RawLimit& raw, milliseconds turn) {
  const double start = thread_cpu_seconds();
  const double length = static_cast<double>(turn.count()) * 1e-3;
  std::size_t pairs = 0;
  while (thread_cpu_seconds() - start < length) pairs += raw.verify_two() ? 1U : 0U;
  return static_cast<double>(pairs) / (thread_cpu_seconds() - start);
}

}  // namespace

Result<HttpShares> measure_http_shares(Transport transport, int rounds, milliseconds per_turn) {
  MIBUN_TRY(auto bench, PresentationBench::make());
  MIBUN_TRY(const TlsMaterial tls, make_tls());
  RawLimit raw;
  Progress progress;
  http::ServerOptions options;
  options.threads = 1;
  if (transport == Transport::tls) options.tls = tls.identity;
  MIBUN_TRY(auto server, http::Server::bind(options, verifying_handler(bench, progress)));
  const Cpus cpus = two_cpus();
  run_on(cpus.server);  // its thread inherits it
  server->start();
  run_on(cpus.client);
  const std::string request = make_request(bench.text());

  std::vector<HttpShare> shares;
  std::atomic<bool> broken{false};
  for (int round = 0; round < rounds && !broken; ++round) {
    HttpShare share;
    share.raw_pairs_per_second = raw_pairs_per_second(raw, per_turn);
    std::atomic<bool> stop{false};
    std::thread client([&] { run_client(transport, tls.root_pem, server->port(), request, stop, broken); });
    // Warm first: connections made, caches filled.
    wait_until(broken, [&, start = progress.requests.load()] { return progress.requests > start + 4 * kConnections; });
    const std::uint64_t requests_before = progress.requests;
    const double cpu_before = progress.cpu_seconds;
    const double length = static_cast<double>(per_turn.count()) * 1e-3;
    wait_until(broken, [&] { return progress.cpu_seconds - cpu_before >= length; });
    const double cpu = progress.cpu_seconds - cpu_before;
    const auto requests = static_cast<double>(progress.requests - requests_before);
    stop = true;
    client.join();
    if (broken || cpu <= 0) break;
    share.requests_per_second = requests / cpu;
    share.ratio = share.requests_per_second / share.raw_pairs_per_second;
    shares.push_back(share);
  }
  server->stop();
  if (broken || progress.failures > 0 || shares.empty()) {
    return fail(ErrorCode::internal_error, "bench http", "a request failed");
  }
  std::ranges::sort(shares, {}, &HttpShare::ratio);
  return HttpShares{shares.front(), shares[shares.size() / 2], shares.back()};
}

}  // namespace mibun::bench
