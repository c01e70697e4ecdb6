#include "platform/http/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "core/base/secret.h"
#include "platform/http/session.h"
#include "platform/http/tls_context.h"

// The shape that measured best: one io_context per thread, concrete executors, one buffer and one write per answer, and
// no timer per operation: each connection notes its deadline, and a sweep a few times a second ends those past theirs.
// A thread whose handler waits for long is stood in for (turns.h).
namespace mibun::http {
namespace {

using Acceptor = net::basic_socket_acceptor<tcp, Executor>;

constexpr auto kStopGrace = std::chrono::seconds(5);
constexpr auto kStoppingSweepPeriod = std::chrono::milliseconds(5);
constexpr auto kSweepPeriodMin = std::chrono::milliseconds(5);
constexpr auto kSweepPeriodMax = std::chrono::milliseconds(250);
constexpr auto kAcceptPause = std::chrono::milliseconds(20);
constexpr int kAcceptsAtOnce = 64;
constexpr auto kLookPeriod = std::chrono::milliseconds(50);
// Not 1: with that, Asio keeps what a thread posts for this thread, and a thread whose turn another has posts to it.
constexpr int kConcurrencyHint = 2;
constexpr std::string_view kOverloaded =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// One loop with its own listening socket and its own connections.
class Worker {
 public:
  explicit Worker(Shared& shared) : loop_{shared, turns_}, acceptor_(io_), sweep_timer_(io_) {}

  Acceptor& acceptor() { return acceptor_; }
  void start();
  void stop();
  void look() { turns_.look(); }
  void join() { turns_.join(); }

 private:
  Task<void> accept_connections();
  void accept_waiting();
  void admit(Socket socket);
  void sweep();
  void sweep_later();

  Turns turns_{{[this] { io_.run(); }, [this](const std::function<void()>& what) { net::post(io_, what); }}};
  Loop loop_;  // before io_: coroutines that io_ destroys still leave its list
  SteadyTime stop_deadline_ = SteadyTime::max();
  net::io_context io_{kConcurrencyHint};
  Acceptor acceptor_;
  Timer sweep_timer_;
};

// Looks after the loops, whether a handler keeps one of them.
class Watch {
 public:
  void start(const std::vector<std::unique_ptr<Worker>>& workers) {
    thread_ = std::thread([this, &workers] {
      std::unique_lock lock(mutex_);
      while (!changed_.wait_for(lock, kLookPeriod, [&] { return is_over_; })) {
        for (const auto& worker : workers) worker->look();
      }
    });
  }
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

Task<void> serve_plain(Loop& loop, Socket socket) {
  Session<PlainConnection> session(loop, std::move(socket));
  co_await session.serve();
}

Task<void> serve_tls(Loop& loop, Socket socket, SSL_CTX& tls) {
  Session<TlsConnection> session(loop, std::move(socket), tls);
  const bool agreed = co_await session.shake_hands();
  if (agreed) co_await session.serve();
}

void Worker::admit(Socket socket) {
  SystemError error;
  socket.set_option(tcp::no_delay(true), error);
  if (loop_.shared.connections >= loop_.shared.options.connections_max) {
    socket.non_blocking(true, error);
    // A handshake for a refusal would cost more than serving: over TLS the door just closes.
    if (!loop_.shared.tls) socket.write_some(net::buffer(kOverloaded), error);
    return;
  }
  // Posted, not begun here: what has arrived already would be served at once, and a handler that waits would keep
  // accept_connections() from the next connection, whoever has the turn.
  net::post(io_, [this, socket = std::move(socket)]() mutable {
    if (loop_.shared.tls) {
      net::co_spawn(io_, serve_tls(loop_, std::move(socket), *loop_.shared.tls), net::detached);
    } else {
      net::co_spawn(io_, serve_plain(loop_, std::move(socket)), net::detached);
    }
  });
}

// With one connection for each round of the loop, those who come to a busy one would wait at its door, and not where it
// is seen how long (Session::time_to_wait()).
void Worker::accept_waiting() {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    Socket socket(io_);
    SystemError error;
    acceptor_.accept(socket, error);
    if (error) return;  // nobody, or what the next async_accept says, too
    admit(std::move(socket));
  }
}

Task<void> Worker::accept_connections() {
  Timer pause(io_);
  while (!loop_.stopping) {
    Socket socket(io_);
    const auto [error] = co_await acceptor_.async_accept(socket, kAwait);
    if (!error) {
      admit(std::move(socket));
      accept_waiting();
    } else if (!loop_.stopping) {  // out of file descriptors, most likely: wait for some to come back
      pause.expires_after(kAcceptPause);
      [[maybe_unused]] const auto [ignored] = co_await pause.async_wait(kAwait);
    }
  }
}

void Worker::sweep() {
  loop_.date = date_line(unix_now());
  const SteadyTime now = coarse_now();
  for (Watched* watched : loop_.watched) {
    if (now >= watched->deadline || (loop_.stopping && watched->idle)) watched->interrupt();
  }
  if (!loop_.stopping) return sweep_later();
  if (now >= stop_deadline_) return io_.stop();
  if (!loop_.watched.empty()) return sweep_later();
  if (turns_.are_several()) io_.stop();
}

void Worker::sweep_later() {
  sweep_timer_.expires_after(loop_.stopping ? kStoppingSweepPeriod : loop_.shared.sweep_period);
  sweep_timer_.async_wait([this](const SystemError& error) {
    if (!error) sweep();
  });
}

void Worker::start() {
  net::co_spawn(io_, accept_connections(), net::detached);
  sweep();
  turns_.start();
}

void Worker::stop() {
  net::post(io_, [this] {
    loop_.stopping = true;
    stop_deadline_ = coarse_now() + kStopGrace;
    SystemError ignored;
    acceptor_.close(ignored);
    sweep_timer_.cancel();
    sweep();
  });
}

std::string why_not_bound(std::uint16_t port, const SystemError& error) {
  if (error == net::error::address_in_use) return "port " + std::to_string(port) + " is already in use";
  if (error == net::error::access_denied) return "port " + std::to_string(port) + " may not be opened by this user";
  return "port " + std::to_string(port) + " cannot be opened: " + error.message();
}

SystemError open_and_bind(Acceptor& acceptor, const tcp::endpoint& endpoint, bool shared_port) {
  SystemError error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(net::socket_base::reuse_address(true), error);
  const int one = 1;
  if (!error && shared_port && setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0) {
    return SystemError(errno, boost::system::system_category());
  }
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

// With SO_REUSEPORT a second server of the same user would share our port without an error, and take half the
// connections. A socket without it finds out.
SystemError probe(const tcp::endpoint& endpoint) {
  net::io_context io;
  Acceptor acceptor(io);
  return open_and_bind(acceptor, endpoint, false);
}

// `endpoint` gets the port when it had none.
SystemError listen(Acceptor& acceptor, tcp::endpoint& endpoint) {
  SystemError error = open_and_bind(acceptor, endpoint, true);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);
  if (!error) endpoint = acceptor.local_endpoint(error);
  return error;
}

void set_options(Shared& shared, ServerOptions options) {
  shared.limits.head_bytes_max = options.header_bytes_max;
  shared.limits.target_bytes_max = options.header_bytes_max / 2;
  shared.limits.scheme = shared.tls ? "https" : "http";
  const auto shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
  shared.sweep_period = std::clamp(shortest / 4, kSweepPeriodMin, kSweepPeriodMax);
  shared.options = std::move(options);
}

Status use_identity(Shared& shared, std::optional<TlsIdentity>& identity) {
  if (!identity) return {};
  MIBUN_TRY(shared.tls, make_tls_context(*identity));
  // From here on the private key lives in one place.
  std::string& key = identity->private_key_pem;
  secure_wipe({reinterpret_cast<std::uint8_t*>(key.data()), key.size()});
  identity.reset();
  return {};
}

}  // namespace

struct Server::Impl {
  Shared shared;
  std::vector<std::unique_ptr<Worker>> workers;
  Watch watch;
  std::uint16_t port = 0;
  bool started = false;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::bind(ServerOptions options, Handler handler) try {
  auto impl = std::make_unique<Impl>();
  Shared& shared = impl->shared;
  MIBUN_CHECK(use_identity(shared, options.tls));
  SystemError error;
  tcp::endpoint endpoint(net::ip::make_address(options.address, error), options.port);
  if (error) return fail(ErrorCode::invalid_argument, "address", "this is not an IP address");
  error = probe(endpoint);
  const unsigned threads = std::max(options.threads, 1U);
  set_options(shared, std::move(options));
  shared.handler = std::move(handler);
  while (!error && impl->workers.size() < threads) {
    impl->workers.push_back(std::make_unique<Worker>(shared));
    error = listen(impl->workers.back()->acceptor(), endpoint);
  }
  if (error) return fail(ErrorCode::io_error, "bind", why_not_bound(endpoint.port(), error));
  impl->port = endpoint.port();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
} catch (const boost::system::system_error& error) {  // no file descriptor left for an io_context
  return fail(ErrorCode::io_error, "bind", error.code().message());
}

std::uint16_t Server::port() const {
  return impl_->port;
}

void Server::start() {
  if (impl_->started) return;
  impl_->started = true;
  for (auto& worker : impl_->workers) worker->start();
  impl_->watch.start(impl_->workers);
}

void Server::stop() {
  if (impl_->started) {
    impl_->watch.stop();
    for (auto& worker : impl_->workers) worker->stop();
    for (auto& worker : impl_->workers) worker->join();
  }
  impl_->workers.clear();
}

}  // namespace mibun::http
