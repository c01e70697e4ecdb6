#pragma once

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <ctime>
#include <list>
#include <typeinfo>

#include "core/base/secret.h"
#include "platform/http/chunked_body.h"
#include "platform/http/request_head.h"
#include "platform/http/response_text.h"
#include "platform/http/server.h"
#include "platform/http/tls_context.h"
#include "platform/http/tls_stream.h"
#include "platform/http/turns.h"
#include "platform/memory/stack.h"

// One connection of the server, as a coroutine. For server.cc alone: nothing else includes Asio.
namespace mibun::http {

namespace net = boost::asio;
using net::ip::tcp;
using SystemError = boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;
using Executor = net::io_context::executor_type;
using Socket = net::basic_stream_socket<tcp, Executor>;
using Timer =
    net::basic_waitable_timer<std::chrono::steady_clock, net::wait_traits<std::chrono::steady_clock>, Executor>;
template <class T>
using Task = net::awaitable<T, Executor>;
inline constexpr net::as_tuple_t<net::use_awaitable_t<Executor>> kAwait{};

constexpr auto kLingerTimeout = std::chrono::milliseconds(1000);
constexpr std::size_t kLingerBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kBufferBytesStart = 4 * 1024;
constexpr std::size_t kReadBytesMin = 4 * 1024;
constexpr std::size_t kBufferBytesKept = 64 * 1024;  // a larger body or answer gives its memory back

constexpr std::string_view kPlainOnTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 23\r\nConnection: close\r\n\r\n"
    "this port speaks https\n";

// Nothing more can be said to this peer, or nothing is owed to it.
constexpr Refusal kGone{0, {}};

// A few nanoseconds instead of a precise clock's twenty; exact to a few milliseconds.
inline SteadyTime coarse_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return SteadyTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

// How long ago the last bytes arrived on a connection, whether or not anybody has read them; no time at all where the
// system does not say. Takes less than a microsecond.
inline std::chrono::milliseconds time_since_arrival(Socket& socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return std::chrono::milliseconds(info.tcpi_last_data_recv);
}

inline ServerResponse plain_refusal(int status, std::string_view reason) {
  ServerResponse response;
  response.status = status;
  response.content_type = "text/plain";
  response.body = std::string(reason) + "\n";
  return response;
}

// What every worker sees and none changes.
struct Shared {
  ServerOptions options;
  Handler handler;
  HeadLimits limits;
  SslContext tls;  // none: plain
  std::chrono::milliseconds sweep_period{250};
  std::atomic<std::size_t> connections{0};

  ServerResponse refuse(Refusal refusal) const {
    ServerResponse response = options.refusal ? options.refusal(refusal.status, refusal.reason)
                                              : plain_refusal(refusal.status, refusal.reason);
    response.status = refusal.status;
    return response;
  }

  ServerResponse refuse_overloaded() const {
    ServerResponse response = refuse({503, "more is asked than can be answered"});
    if (!response.header("Retry-After")) response.headers.push_back({"Retry-After", "1"});
    return response;
  }

  bool is_never_refused(std::string_view path) const {
    return std::ranges::find(options.never_refused, path) != options.never_refused.end();
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

// What the connections of one loop share. Only the thread whose turn it is touches it.
struct Loop {
  Shared& shared;
  Turns& turns;
  std::list<Watched*> watched{};
  std::list<Timer*> for_room{};  // of those who wait until one more handler may begin, by their coming
  std::string date{};
  bool stopping = false;

  // After each handler.
  void let_next_begin() {
    if (for_room.empty() || turns.is_last()) return;
    for_room.front()->cancel();
    for_room.pop_front();
  }
};

class InLine {
 public:
  InLine(Loop& loop, Timer& timer) : loop_(loop), timer_(timer) { loop_.for_room.push_back(&timer_); }
  ~InLine() { loop_.for_room.remove(&timer_); }
  InLine(const InLine&) = delete;
  InLine& operator=(const InLine&) = delete;

 private:
  Loop& loop_;
  Timer& timer_;
};

// A connection is on its thread's list for as long as it lives.
class OnList {
 public:
  OnList(Loop& loop, Watched& watched) : loop_(loop), place_(loop.watched.insert(loop.watched.end(), &watched)) {
    ++loop_.shared.connections;
  }
  ~OnList() {
    loop_.watched.erase(place_);
    --loop_.shared.connections;
  }
  OnList(const OnList&) = delete;
  OnList& operator=(const OnList&) = delete;

 private:
  Loop& loop_;
  std::list<Watched*>::iterator place_;
};

// What Session needs of a connection: read_some, write, close_write, each as a coroutine. A co_await inside a condition
// makes g++ 12 write over the frame: each result has a name here and below.
struct Transfer {
  SystemError error;
  std::size_t count = 0;
};

class PlainConnection {
 public:
  explicit PlainConnection(Socket socket) : socket_(std::move(socket)) {}
  Socket& socket() { return socket_; }

  Task<Transfer> read_some(char* into, std::size_t room) {
    const auto [error, count] = co_await socket_.async_read_some(net::buffer(into, room), kAwait);
    co_return Transfer{error, count};
  }
  Task<Transfer> write(std::string_view bytes) {
    const auto [error, count] = co_await net::async_write(socket_, net::buffer(bytes), kAwait);
    co_return Transfer{error, count};
  }
  Task<void> close_write() { co_return; }

 private:
  Socket socket_;
};

class TlsConnection {
 public:
  TlsConnection(Socket socket, SSL_CTX& context)
      : socket_(non_blocking(std::move(socket))), tls_(socket_.native_handle(), context) {}
  Socket& socket() { return socket_; }

  Task<TlsStream::Next> shake_hands() {
    const auto progress = co_await until_done([this] { return tls_.shake_hands(); });
    co_return progress.next;
  }
  Task<Transfer> read_some(char* into, std::size_t room) {
    const auto progress = co_await until_done([this, into, room] { return tls_.read_some({into, room}); });
    co_return Transfer{error_of(progress.next), progress.count};
  }
  Task<Transfer> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto progress = co_await until_done([this, bytes] { return tls_.write_some(bytes); });
      if (progress.next != TlsStream::Next::done) co_return Transfer{error_of(progress.next)};
      bytes.remove_prefix(progress.count);
    }
    co_return Transfer{};
  }
  Task<void> close_write() {
    [[maybe_unused]] const auto ignored = co_await until_done([this] { return tls_.close_write(); });
  }

 private:
  static Socket non_blocking(Socket socket) {
    SystemError ignored;  // a socket that cannot be made so ends with its first read
    socket.native_non_blocking(true, ignored);
    return socket;
  }
  static SystemError error_of(TlsStream::Next next) {
    if (next == TlsStream::Next::done) return {};
    if (next == TlsStream::Next::closed) return net::error::eof;
    return net::error::connection_reset;
  }

  template <class Step>
  Task<TlsStream::Progress> until_done(Step step) {
    for (;;) {
      const TlsStream::Progress progress = step();
      const bool read = progress.next == TlsStream::Next::wait_readable;
      if (!read && progress.next != TlsStream::Next::wait_writable) co_return progress;
      const auto [error] = co_await socket_.async_wait(read ? Socket::wait_read : Socket::wait_write, kAwait);
      if (error) co_return TlsStream::Progress{};
    }
  }

  Socket socket_;
  TlsStream tls_;
};

// One connection: request after request, in order.
template <class Connection>
class Session {
 public:
  template <class... Arguments>
  explicit Session(Loop& loop, Arguments&&... arguments)
      : loop_(loop),
        shared_(loop.shared),
        connection_(std::forward<Arguments>(arguments)...),
        on_list_(loop, watched_),
        buffer_(kBufferBytesStart) {
    watched_.socket = &connection_.socket();
    SystemError error;
    const tcp::endpoint peer = connection_.socket().remote_endpoint(error);
    if (!error) peer_address_ = peer.address().to_string();
  }

  Task<bool> shake_hands();
  Task<void> serve();

 private:
  Task<Parsed<std::size_t>> read_some(char* into, std::size_t room);
  Task<Parsed<void>> read_head();
  Task<Parsed<std::string_view>> read_body();
  Task<Parsed<std::string_view>> read_sized_body();
  Task<Parsed<std::string_view>> read_chunked_body();
  Task<Parsed<ServerRequest*>> read_request();
  Task<bool> write(const ServerResponse& response, bool close, bool head_only);
  Task<bool> write_out();
  Task<void> close_after_answer();
  std::chrono::milliseconds time_to_wait();
  Task<bool> wait_for_room(std::chrono::milliseconds limit);
  void make_room(std::size_t room);
  void forget_request();

  Loop& loop_;
  const Shared& shared_;
  Connection connection_;
  Watched watched_;
  OnList on_list_;
  std::string peer_address_;
  std::vector<char> buffer_;   // what arrived: the head, then the start of the body or of the next requests
  std::size_t filled_ = 0;     // bytes of buffer_ in use
  std::size_t head_size_ = 0;  // of these, the current request's head
  std::size_t consumed_ = 0;   // and the whole request's
  RequestHead head_;
  ServerRequest request_;
  std::string body_;  // a body that did not arrive with its head
  std::string out_;
};

template <class Connection>
void Session<Connection>::make_room(std::size_t room) {
  if (buffer_.size() - filled_ < room) buffer_.resize(std::max(buffer_.size() * 2, filled_ + room));
}

template <class Connection>
Task<Parsed<std::size_t>> Session<Connection>::read_some(char* into, std::size_t room) {
  const Transfer read = co_await connection_.read_some(into, room);
  if (!read.error) co_return read.count;
  if (watched_.timed_out) co_return std::unexpected(Refusal{408, "the request took too long"});
  if (read.error == net::error::eof) co_return std::unexpected(Refusal{400, "the request ended early"});
  co_return std::unexpected(kGone);
}

template <class Connection>
Task<Parsed<void>> Session<Connection>::read_head() {
  watched_.idle = filled_ == 0;
  watched_.give(watched_.idle ? shared_.options.idle_timeout : shared_.options.header_timeout);
  for (std::size_t scanned = 0;;) {
    const Parsed<std::size_t> end = find_head_end({buffer_.data(), filled_}, scanned, shared_.limits);
    if (!end) co_return std::unexpected(end.error());
    head_size_ = *end;
    if (head_size_ > 0) co_return Parsed<void>();
    scanned = filled_;
    make_room(1);
    const Parsed<std::size_t> count = co_await read_some(buffer_.data() + filled_, buffer_.size() - filled_);
    if (!count) co_return std::unexpected(filled_ == 0 ? kGone : count.error());
    if (filled_ == 0) watched_.give(shared_.options.header_timeout);
    watched_.idle = false;
    filled_ += *count;
  }
}

template <class Connection>
Task<Parsed<std::string_view>> Session<Connection>::read_sized_body() {
  const std::size_t size =
      static_cast<std::size_t>(head_.content_length);  // read_body() has compared it with the limit
  const std::string_view here(buffer_.data() + head_size_, std::min(filled_ - head_size_, size));
  consumed_ = head_size_ + here.size();
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

template <class Connection>
Task<Parsed<std::string_view>> Session<Connection>::read_chunked_body() {
  ChunkedBody chunked(shared_.options.body_bytes_max);
  body_.clear();
  for (;;) {
    const auto taken = chunked.take({buffer_.data() + head_size_, filled_ - head_size_}, body_);
    if (!taken) co_return std::unexpected(taken.error());
    consumed_ = head_size_ + *taken;
    if (chunked.done()) co_return body_;
    filled_ = head_size_;  // all was taken; read_request() left room behind the head, whose views must not move
    const Parsed<std::size_t> count = co_await read_some(buffer_.data() + filled_, buffer_.size() - filled_);
    if (!count) co_return std::unexpected(count.error());
    filled_ += *count;
  }
}

template <class Connection>
Task<Parsed<std::string_view>> Session<Connection>::read_body() {
  if (head_.content_length > shared_.options.body_bytes_max) {
    co_return std::unexpected(Refusal{413, "the body is too large"});
  }
  watched_.give(shared_.options.body_timeout);
  if (head_.expects_continue && filled_ == head_size_) {
    out_ = "HTTP/1.1 100 Continue\r\n\r\n";
    const bool sent = co_await write_out();
    if (!sent) co_return std::unexpected(kGone);
  }
  if (head_.chunked) co_return co_await read_chunked_body();
  co_return co_await read_sized_body();
}

template <class Connection>
Task<Parsed<ServerRequest*>> Session<Connection>::read_request() {
  const Parsed<void> arrived = co_await read_head();
  if (!arrived) co_return std::unexpected(arrived.error());
  make_room(filled_ - head_size_ < kReadBytesMin ? kReadBytesMin : 0);
  if (const auto read = head_.read({buffer_.data(), head_size_}, shared_.limits); !read) {
    co_return std::unexpected(read.error());
  }
  consumed_ = head_size_;
  request_.body = {};
  if (head_.chunked || head_.content_length > 0) {
    const auto body = co_await read_body();
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

template <class Connection>
Task<bool> Session<Connection>::write_out() {
  const Transfer written = co_await connection_.write(out_);
  co_return !written.error;
}

template <class Connection>
Task<bool> Session<Connection>::write(const ServerResponse& response, bool close, bool head_only) {
  out_.clear();
  append_response(out_, response, {loop_.date, close, head_only});
  watched_.give(shared_.options.body_timeout);
  return write_out();
}

// Closing while unread bytes wait makes the kernel send RST, which can overtake the answer (RFC 9112, section 9.6): say
// that nothing more comes, then read for a moment what the peer still sends.
template <class Connection>
Task<void> Session<Connection>::close_after_answer() {
  watched_.give(kLingerTimeout);
  co_await connection_.close_write();
  SystemError error;
  Socket& socket = connection_.socket();
  socket.shutdown(Socket::shutdown_send, error);
  for (std::size_t drained = 0; !error && !watched_.timed_out && drained < kLingerBytesMax;) {
    const auto [read_error, count] = co_await socket.async_read_some(net::buffer(buffer_), kAwait);
    error = read_error;
    drained += count;
  }
}

// What is kept for the next request is overwritten: a connection may stay open for long after its person was erased.
inline void wipe_and_clear(std::string& text) {
  secure_wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  text.clear();
  if (text.capacity() > kBufferBytesKept) std::string().swap(text);
}

template <class Connection>
void Session<Connection>::forget_request() {
  std::memmove(buffer_.data(), buffer_.data() + consumed_, filled_ - consumed_);
  secure_wipe({reinterpret_cast<std::uint8_t*>(buffer_.data()) + filled_ - consumed_, consumed_});
  filled_ -= consumed_;
  consumed_ = 0;
  wipe_and_clear(body_);
  wipe_and_clear(out_);
}

// How long the request that is here may still wait before its handler begins; less than nothing: it has waited too
// long.
template <class Connection>
std::chrono::milliseconds Session<Connection>::time_to_wait() {
  if (shared_.is_never_refused(request_.path)) return std::chrono::milliseconds::max();
  return shared_.options.waiting_max - time_since_arrival(connection_.socket());
}

// Until somebody can stand in for one more handler; false: not within `limit`.
template <class Connection>
Task<bool> Session<Connection>::wait_for_room(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (loop_.turns.is_last()) {
    if (std::chrono::steady_clock::now() >= until) co_return false;
    Timer timer(connection_.socket().get_executor(), until);
    const InLine in_line(loop_, timer);
    [[maybe_unused]] const auto [ignored] = co_await timer.async_wait(kAwait);
  }
  co_return true;
}

template <class Connection>
Task<void> Session<Connection>::serve() {
  for (;;) {
    const Parsed<ServerRequest*> request = co_await read_request();
    if (!request) {
      if (request.error().status == kGone.status) co_return;
      const bool said = co_await write(shared_.refuse(request.error()), true, false);
      if (said) co_await close_after_answer();
      co_return;
    }
    watched_.deadline = SteadyTime::max();  // another thread may sweep meanwhile, and this time is ours, not the peer's
    const std::chrono::milliseconds left = time_to_wait();
    bool is_in_time = left.count() >= 0;
    if (is_in_time && left != std::chrono::milliseconds::max() && loop_.turns.is_last()) {
      is_in_time = co_await wait_for_room(left);
    }
    const Turns::Mark mark = loop_.turns.begin();
    const ServerResponse response = is_in_time ? shared_.answer(**request) : shared_.refuse_overloaded();
    memory::wipe_unused_stack();  // before the answer is out: who is told that they are erased is so here, too
    loop_.turns.end(mark);
    loop_.let_next_begin();
    const bool close = !head_.keep_alive || loop_.stopping;
    const bool sent = co_await write(response, close, head_.method == "HEAD");
    if (!sent) co_return;
    if (close) co_return co_await close_after_answer();
    forget_request();
  }
}

template <>
inline Task<bool> Session<TlsConnection>::shake_hands() {
  watched_.idle = true;
  watched_.give(shared_.options.header_timeout);
  const TlsStream::Next next = co_await connection_.shake_hands();
  if (next == TlsStream::Next::plain_http) {
    Socket& socket = connection_.socket();
    [[maybe_unused]] const auto [ignored, count] = co_await net::async_write(socket, net::buffer(kPlainOnTls), kAwait);
    SystemError unused;
    socket.shutdown(Socket::shutdown_send, unused);
  }
  co_return next == TlsStream::Next::done;
}

}  // namespace mibun::http
