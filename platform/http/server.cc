#include "platform/http/server.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <ctime>
#include <list>
#include <thread>
#include <typeinfo>

#include "platform/http/chunked_body.h"
#include "platform/http/request_head.h"
#include "platform/http/response_text.h"
#include "platform/http/tls_context.h"

// The shape that measured best: one io_context per thread, concrete executors, one buffer and one write per answer, and
// no timer per operation: each connection notes its deadline, and a sweep a few times a second ends those past theirs.
namespace mibun::http {
namespace {

namespace net = boost::asio;
using net::ip::tcp;
using SystemError = boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<tcp, Executor>;
using Acceptor = net::basic_socket_acceptor<tcp, Executor>;
using Timer =
    net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>, Executor>;
using TlsStream = net::ssl::stream<Socket>;
template <class T>
using Task = net::awaitable<T, Executor>;
constexpr net::as_tuple_t<net::use_awaitable_t<Executor>> kAwait{};

constexpr auto kStopGrace = std::chrono::seconds(5);
constexpr auto kStoppingSweepPeriod = std::chrono::milliseconds(5);
constexpr auto kLingerTimeout = std::chrono::milliseconds(1000);
constexpr std::size_t kLingerBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kBufferBytesStart = 4 * 1024;
constexpr std::size_t kReadBytesMin = 4 * 1024;
constexpr std::size_t kBufferBytesKept = 64 * 1024;  // a larger body or answer gives its memory back

constexpr std::string_view kOverloaded =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
constexpr std::string_view kPlainOnTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 23\r\nConnection: close\r\n\r\n"
    "this port speaks https\n";

// Nothing more can be said to this peer, or nothing is owed to it.
constexpr Refusal kGone{0, {}};

// A few nanoseconds instead of a precise clock's twenty; exact to a few milliseconds.
SteadyTime coarse_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return SteadyTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

ServerResponse plain_refusal(int status, std::string_view reason) {
  ServerResponse response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::string(reason) + "\n";
  return response;
}

}  // namespace

namespace {

// What every worker sees and none changes.
struct Shared {
  ServerOptions options;
  Handler handler;
  HeadLimits limits;
  std::optional<net::ssl::context> tls;
  std::chrono::milliseconds sweep_period{250};
  std::atomic<std::size_t> connections{0};

  ServerResponse refuse(Refusal refusal) const {
    ServerResponse response = options.refusal ? options.refusal(refusal.status, refusal.reason)
                                              : plain_refusal(refusal.status, refusal.reason);
    response.status = refusal.status;
    return response;
  }

  ServerResponse report(std::string_view exception_type) const {
    if (options.handler_failed) options.handler_failed(exception_type);
    return refuse({500, "something went wrong here"});
  }

  ServerResponse answer(const ServerRequest& request) const {
    try {
      ServerResponse response = handler(request);
      return is_well_formed(response) ? response : report("malformed response");
    } catch (const std::exception& exception) {
      return report(typeid(exception).name());
    } catch (...) {
      return report("unknown");
    }
  }
};

// A connection as its worker's sweep sees it.
struct Watched {
  SteadyTime deadline = SteadyTime::max();
  bool timed_out = false;
  bool idle = false;  // between two requests: may be closed at any time without a word
  Socket* socket = nullptr;

  void give(std::chrono::milliseconds time) {
    deadline = coarse_now() + time;
    timed_out = false;
  }
  void interrupt() {
    timed_out = true;
    SystemError ignored;
    socket->cancel(ignored);
  }
};

class Worker {
 public:
  Worker(Shared& shared, Acceptor::protocol_type protocol) : shared_(shared), acceptor_(io_), sweep_timer_(io_) {
    acceptor_.open(protocol);
  }

  Acceptor& acceptor() { return acceptor_; }
  void start();
  void stop();
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  Shared& shared() { return shared_; }
  bool stopping() const { return stopping_; }
  const std::string& date() const { return date_; }

  // A connection is on the list for as long as it lives.
  class Entry {
   public:
    Entry(Worker& worker, Watched& watched)
        : worker_(worker), place_(worker.watched_.insert(worker.watched_.end(), &watched)) {
      ++worker_.shared_.connections;
    }
    ~Entry() {
      worker_.watched_.erase(place_);
      --worker_.shared_.connections;
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Worker& worker_;
    std::list<Watched*>::iterator place_;
  };

 private:
  Task<void> accept_connections();
  void admit(Socket socket);
  void sweep();
  void sweep_later();

  Shared& shared_;
  std::list<Watched*> watched_;  // before io_: coroutines that io_ destroys still leave it
  std::string date_;
  bool stopping_ = false;
  SteadyTime stop_deadline_ = SteadyTime::max();
  net::io_context io_{1};
  Acceptor acceptor_;
  Timer sweep_timer_;
  std::thread thread_;
};

Socket& lowest(Socket& stream) {
  return stream;
}
Socket& lowest(TlsStream& stream) {
  return stream.next_layer();
}

// One connection: request after request, in order.
template <class Stream>
class Session {
 public:
  template <class... Arguments>
  explicit Session(Worker& worker, Arguments&&... arguments)
      : worker_(worker),
        shared_(worker.shared()),
        stream_(std::forward<Arguments>(arguments)...),
        entry_(worker, watched_),
        buffer_(kBufferBytesStart) {
    watched_.socket = &lowest(stream_);
    SystemError error;
    const tcp::endpoint peer = lowest(stream_).remote_endpoint(error);
    if (!error) peer_address_ = peer.address().to_string();
  }

  Task<bool> shake_hands();
  Task<void> serve();

 private:
  Task<Parsed<std::size_t>> read_some(char* into, std::size_t room);
  Task<Parsed<std::size_t>> read_head();
  Task<Parsed<std::string_view>> read_body(std::size_t head_size);
  Task<Parsed<std::string_view>> read_sized_body(std::size_t head_size, std::size_t size);
  Task<Parsed<std::string_view>> read_chunked_body(std::size_t head_size);
  Task<Parsed<ServerRequest*>> read_request();
  Task<bool> write(const ServerResponse& response, bool close, bool head_only);
  Task<bool> write_out();
  Task<void> close_after_answer();
  void make_room(std::size_t room);
  void forget_request();

  Worker& worker_;
  const Shared& shared_;
  Stream stream_;
  Watched watched_;
  Worker::Entry entry_;
  std::string peer_address_;
  std::vector<char> buffer_;  // what arrived: the head, then the start of the body or of the next requests
  std::size_t filled_ = 0;    // bytes of buffer_ in use
  std::size_t consumed_ = 0;  // of these, the current request's
  RequestHead head_;
  ServerRequest request_;
  std::string body_;  // a body that did not arrive with its head
  std::string out_;
};

template <class Stream>
void Session<Stream>::make_room(std::size_t room) {
  if (buffer_.size() - filled_ < room) buffer_.resize(std::max(buffer_.size() * 2, filled_ + room));
}

template <class Stream>
Task<Parsed<std::size_t>> Session<Stream>::read_some(char* into, std::size_t room) {
  const auto [error, count] = co_await stream_.async_read_some(net::buffer(into, room), kAwait);
  if (!error) co_return count;
  if (watched_.timed_out) co_return std::unexpected(Refusal{408, "the request took too long"});
  if (error == net::error::eof) co_return std::unexpected(Refusal{400, "the request ended early"});
  co_return std::unexpected(kGone);
}

template <class Stream>
Task<Parsed<std::size_t>> Session<Stream>::read_head() {
  watched_.idle = filled_ == 0;
  watched_.give(watched_.idle ? shared_.options.idle_timeout : shared_.options.header_timeout);
  for (std::size_t scanned = 0;;) {
    const Parsed<std::size_t> end = find_head_end({buffer_.data(), filled_}, scanned, shared_.limits);
    if (!end || *end > 0) co_return end;
    scanned = filled_;
    make_room(1);
    const Parsed<std::size_t> count = co_await read_some(buffer_.data() + filled_, buffer_.size() - filled_);
    if (!count) co_return std::unexpected(filled_ == 0 ? kGone : count.error());
    if (filled_ == 0) watched_.give(shared_.options.header_timeout);
    watched_.idle = false;
    filled_ += *count;
  }
}

template <class Stream>
Task<Parsed<std::string_view>> Session<Stream>::read_sized_body(std::size_t head_size, std::size_t size) {
  const std::string_view here(buffer_.data() + head_size, std::min(filled_ - head_size, size));
  consumed_ = head_size + here.size();
  if (here.size() == size) co_return here;
  body_.assign(here);
  // Memory follows what arrived, not what was promised.
  for (std::size_t have = here.size(); have < size;) {
    if (body_.size() == have) body_.resize(std::min(size, std::max(have * 2, kReadBytesMin)));
    const Parsed<std::size_t> count = co_await read_some(body_.data() + have, body_.size() - have);
    if (!count) co_return std::unexpected(count.error());
    have += *count;
  }
  co_return body_;
}

template <class Stream>
Task<Parsed<std::string_view>> Session<Stream>::read_chunked_body(std::size_t head_size) {
  ChunkedBody chunked(shared_.options.body_bytes_max);
  body_.clear();
  for (;;) {
    const auto taken = chunked.take({buffer_.data() + head_size, filled_ - head_size}, body_);
    if (!taken) co_return std::unexpected(taken.error());
    consumed_ = head_size + *taken;
    if (chunked.done()) co_return body_;
    filled_ = head_size;  // all was taken; read_request() left room behind the head, whose views must not move
    const Parsed<std::size_t> count = co_await read_some(buffer_.data() + filled_, buffer_.size() - filled_);
    if (!count) co_return std::unexpected(count.error());
    filled_ += *count;
  }
}

template <class Stream>
Task<Parsed<std::string_view>> Session<Stream>::read_body(std::size_t head_size) {
  if (head_.content_length > shared_.options.body_bytes_max) {
    co_return std::unexpected(Refusal{413, "the body is too large"});
  }
  watched_.give(shared_.options.body_timeout);
  if (head_.expects_continue && filled_ == head_size) {
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await write_out()) co_return std::unexpected(kGone);
  }
  if (head_.chunked) co_return co_await read_chunked_body(head_size);
  co_return co_await read_sized_body(head_size, static_cast<std::size_t>(head_.content_length));
}

template <class Stream>
Task<Parsed<ServerRequest*>> Session<Stream>::read_request() {
  const Parsed<std::size_t> head_size = co_await read_head();
  if (!head_size) co_return std::unexpected(head_size.error());
  make_room(filled_ - *head_size < kReadBytesMin ? kReadBytesMin : 0);
  if (const auto read = head_.read({buffer_.data(), *head_size}, shared_.limits); !read) {
    co_return std::unexpected(read.error());
  }
  consumed_ = *head_size;
  request_.body = {};
  if (head_.chunked || head_.content_length > 0) {
    const auto body = co_await read_body(*head_size);
    if (!body) co_return std::unexpected(body.error());
    request_.body = *body;
  }
  request_.method = head_.method;
  request_.target = head_.target;
  request_.path = head_.path;
  request_.query = head_.query;
  request_.peer_address = peer_address_;
  std::swap(request_.headers, head_.headers);  // both keep their storage from request to request
  co_return &request_;
}

template <class Stream>
Task<bool> Session<Stream>::write_out() {
  const auto [error, count] = co_await net::async_write(stream_, net::buffer(out_), kAwait);
  co_return !error;
}

template <class Stream>
Task<bool> Session<Stream>::write(const ServerResponse& response, bool close, bool head_only) {
  out_.clear();
  append_response(out_, response, {worker_.date(), close, head_only});
  watched_.give(shared_.options.body_timeout);
  return write_out();
}

// Closing while unread bytes wait makes the kernel send RST, which can overtake the answer (RFC 9112, section 9.6): say
// that nothing more comes, then read for a moment what the peer still sends.
template <class Stream>
Task<void> Session<Stream>::close_after_answer() {
  watched_.give(kLingerTimeout);
  if constexpr (std::is_same_v<Stream, TlsStream>) {
    [[maybe_unused]] const auto [ignored] = co_await stream_.async_shutdown(kAwait);
  }
  SystemError error;
  Socket& socket = lowest(stream_);
  socket.shutdown(Socket::shutdown_send, error);
  for (std::size_t drained = 0; !error && !watched_.timed_out && drained < kLingerBytesMax;) {
    const auto [read_error, count] = co_await socket.async_read_some(net::buffer(buffer_), kAwait);
    error = read_error;
    drained += count;
  }
}

template <class Stream>
void Session<Stream>::forget_request() {
  std::memmove(buffer_.data(), buffer_.data() + consumed_, filled_ - consumed_);
  filled_ -= consumed_;
  consumed_ = 0;
  if (body_.capacity() > kBufferBytesKept) std::string().swap(body_);
  if (out_.capacity() > kBufferBytesKept) std::string().swap(out_);
}

template <class Stream>
Task<void> Session<Stream>::serve() {
  for (;;) {
    const Parsed<ServerRequest*> request = co_await read_request();
    if (!request) {
      if (request.error().status == kGone.status) co_return;
      if (co_await write(shared_.refuse(request.error()), true, false)) co_await close_after_answer();
      co_return;
    }
    const ServerResponse response = shared_.answer(**request);
    const bool close = !head_.keep_alive || worker_.stopping();
    if (!co_await write(response, close, head_.method == "HEAD")) co_return;
    if (close) co_return co_await close_after_answer();
    forget_request();
  }
}

template <>
Task<bool> Session<TlsStream>::shake_hands() {
  watched_.idle = true;
  watched_.give(shared_.options.header_timeout);
  const auto [error] = co_await stream_.async_handshake(net::ssl::stream_base::server, kAwait);
  if (!error) co_return true;
  if (error.category() == net::error::get_ssl_category() &&
      ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_HTTP_REQUEST) {
    [[maybe_unused]] const auto [ignored, count] =
        co_await net::async_write(stream_.next_layer(), net::buffer(kPlainOnTls), kAwait);
    SystemError unused;
    stream_.next_layer().shutdown(Socket::shutdown_send, unused);
  }
  co_return false;
}

Task<void> serve_plain(Worker& worker, Socket socket) {
  Session<Socket> session(worker, std::move(socket));
  co_await session.serve();
}

Task<void> serve_tls(Worker& worker, Socket socket, net::ssl::context& tls) {
  Session<TlsStream> session(worker, std::move(socket), tls);
  if (co_await session.shake_hands()) co_await session.serve();
}

void Worker::admit(Socket socket) {
  SystemError error;
  socket.set_option(tcp::no_delay(true), error);
  if (shared_.connections >= shared_.options.connections_max) {
    socket.non_blocking(true, error);
    // A handshake for a refusal would cost more than serving: over TLS the door just closes.
    if (!shared_.tls) socket.write_some(net::buffer(kOverloaded), error);
    return;
  }
  if (shared_.tls) {
    net::co_spawn(io_, serve_tls(*this, std::move(socket), *shared_.tls), net::detached);
  } else {
    net::co_spawn(io_, serve_plain(*this, std::move(socket)), net::detached);
  }
}

Task<void> Worker::accept_connections() {
  Timer pause(io_);
  while (!stopping_) {
    Socket socket(io_);
    const auto [error] = co_await acceptor_.async_accept(socket, kAwait);
    if (!error) {
      admit(std::move(socket));
    } else if (!stopping_) {  // out of file descriptors, most likely: wait for some to come back
      pause.expires_after(std::chrono::milliseconds(20));
      [[maybe_unused]] const auto [ignored] = co_await pause.async_wait(kAwait);
    }
  }
}

void Worker::sweep() {
  date_ = date_line(unix_now());
  const SteadyTime now = coarse_now();
  for (Watched* watched : watched_) {
    if (now >= watched->deadline || (stopping_ && watched->idle)) watched->interrupt();
  }
  if (!stopping_) return sweep_later();
  if (now >= stop_deadline_) return io_.stop();
  if (!watched_.empty()) sweep_later();
}

void Worker::sweep_later() {
  sweep_timer_.expires_after(stopping_ ? kStoppingSweepPeriod : shared_.sweep_period);
  sweep_timer_.async_wait([this](const SystemError& error) {
    if (!error) sweep();
  });
}

void Worker::start() {
  net::co_spawn(io_, accept_connections(), net::detached);
  sweep();
  thread_ = std::thread([this] { io_.run(); });
}

void Worker::stop() {
  net::post(io_, [this] {
    stopping_ = true;
    stop_deadline_ = coarse_now() + kStopGrace;
    SystemError ignored;
    acceptor_.close(ignored);
    sweep_timer_.cancel();
    sweep();
  });
}

std::string port_in_use(std::uint16_t port, const SystemError& error) {
  if (error == net::error::address_in_use) return "port " + std::to_string(port) + " is already in use";
  if (error == net::error::access_denied) return "port " + std::to_string(port) + " may not be opened by this user";
  return "port " + std::to_string(port) + " cannot be opened: " + error.message();
}

// With SO_REUSEPORT a second server of the same user would share our port without an error, and take half the
// connections. A socket without it finds out.
SystemError probe(const tcp::endpoint& endpoint) {
  net::io_context io;
  Acceptor acceptor(io);
  SystemError error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

SystemError listen(Acceptor& acceptor, const tcp::endpoint& endpoint) {
  SystemError error;
  acceptor.set_option(net::socket_base::reuse_address(true), error);
  const int one = 1;
  if (setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0) {
    return SystemError(errno, boost::system::system_category());
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
  return error;
}

}  // namespace

struct Server::Impl {
  Shared shared;
  std::vector<std::unique_ptr<Worker>> workers;
  std::uint16_t port = 0;
  bool started = false;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::bind(ServerOptions options, Handler handler) {
  auto impl = std::make_unique<Impl>();
  Shared& shared = impl->shared;
  if (options.tls) {
    MIBUN_TRY(SslContext tls, make_tls_context(*options.tls));
    shared.tls.emplace(tls.release());
    options.tls.reset();  // the private key lives in one place from here on
  }
  SystemError error;
  const auto address = net::ip::make_address(options.address, error);
  if (error) return fail(ErrorCode::invalid_argument, "address", "this is not an IP address");
  tcp::endpoint endpoint(address, options.port);
  if (error = probe(endpoint); error) return fail(ErrorCode::io_error, "bind", port_in_use(options.port, error));

  shared.limits.head_bytes_max = options.header_bytes_max;
  shared.limits.target_bytes_max = options.header_bytes_max / 2;
  shared.limits.scheme = shared.tls ? "https" : "http";
  const auto shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
  shared.sweep_period = std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
  const unsigned threads = std::max(options.threads, 1U);
  shared.options = std::move(options);
  shared.handler = std::move(handler);
  for (unsigned i = 0; i < threads; ++i) {
    auto worker = std::make_unique<Worker>(shared, endpoint.protocol());
    if (error = listen(worker->acceptor(), endpoint); error) {
      return fail(ErrorCode::io_error, "bind", port_in_use(endpoint.port(), error));
    }
    if (i == 0) endpoint.port(worker->acceptor().local_endpoint().port());
    impl->workers.push_back(std::move(worker));
  }
  impl->port = endpoint.port();
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const {
  return impl_->port;
}

void Server::start() {
  if (impl_->started) return;
  impl_->started = true;
  for (auto& worker : impl_->workers) worker->start();
}

void Server::stop() {
  if (impl_->started) {
    for (auto& worker : impl_->workers) worker->stop();
    for (auto& worker : impl_->workers) worker->join();
  }
  impl_->workers.clear();
}

}  // namespace mibun::http
