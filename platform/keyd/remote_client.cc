#include "platform/keyd/remote_client.h"

#include <unistd.h>

#include <utility>

#include "platform/database/inside_write.h"

namespace mibun::keyd {

Result<std::unique_ptr<RemoteClient>> RemoteClient::open(RemoteOptions options) {
  if (options.service_users.empty()) options.service_users = {::geteuid(), 0};
  std::unique_ptr<RemoteClient> client(new RemoteClient(std::move(options)));
  MIBUN_CHECK(client->tell({.operation = Operation::ping}));
  return client;
}

Result<std::unique_ptr<Connection>> RemoteClient::connect(Until until) const {
  MIBUN_TRY(auto connection, Connection::connect_to(options_.socket_path, until));
  MIBUN_TRY(const uid_t service, connection.peer());
  if (!options_.service_users.contains(service)) {
    return fail(ErrorCode::keyd_unavailable, "socket", "another user than expected listens there");
  }
  return std::make_unique<Connection>(std::move(connection));
}

// One that is idle and still good, or a new one; waits while all are lent, unless too many do.
Result<std::unique_ptr<Connection>> RemoteClient::borrow(Until until) {
  std::unique_lock lock(mutex_);
  if (lent_ >= options_.connections_max) {
    if (waiting_ >= options_.waiting_max) return fail(ErrorCode::keyd_unavailable, "socket", "too many wait for it");
    ++waiting_;
    const bool is_free = freed_.wait_until(lock, until, [&] { return lent_ < options_.connections_max; });
    --waiting_;
    if (!is_free) return fail(ErrorCode::keyd_unavailable, "socket", "all connections are busy");
  }
  ++lent_;
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    if (!connection->is_stale()) return connection;
  }
  lock.unlock();
  auto connection = connect(until);
  if (!connection) give_back(nullptr);
  return connection;
}

void RemoteClient::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  --lent_;
  if (connection) idle_.push_back(std::move(connection));
  freed_.notify_one();
}

Result<Bytes> RemoteClient::ask(const Request& request) {
  if (request.operation == Operation::rotate_epoch) return ask_once(request, options_.rotation_time_limit);
  const Breaker::Pass pass = breaker_.enter(std::chrono::steady_clock::now());
  if (pass == Breaker::Pass::refused) {
    return fail(ErrorCode::keyd_unavailable, "socket", "it does not answer, and is asked again in a moment");
  }
  if (pass == Breaker::Pass::try_first) {
    const Until until = std::chrono::steady_clock::now() + options_.short_time_limit;
    auto heard = ask_once({.operation = Operation::ping}, options_.short_time_limit);
    if (!heard) return tell_breaker(std::move(heard), until);
  }
  const Until until = std::chrono::steady_clock::now() + options_.time_limit;
  auto answer = tell_breaker(ask_once(request, options_.time_limit), until);
  if (answer) has_token_failed_ = false;
  if (!answer && answer.error().code == ErrorCode::keyd_token_failed) has_token_failed_ = true;
  return answer;
}

// Only who waited for all of the time knows a silence. A service that is not there says so at once.
Result<Bytes> RemoteClient::tell_breaker(Result<Bytes> answer, Until until) {
  const Until now = std::chrono::steady_clock::now();
  if (answer || answer.error().code != ErrorCode::keyd_unavailable || now < until) {
    breaker_.was_answered();
  } else {
    breaker_.was_silent(now);
  }
  return answer;
}

KeysHealth RemoteClient::health() {
  if (breaker_.is_open() || !ask_once({.operation = Operation::ping}, options_.short_time_limit)) {
    return KeysHealth::unavailable;
  }
  return has_token_failed_ ? KeysHealth::token_failed : KeysHealth::ok;
}

Result<Bytes> RemoteClient::ask_once(const Request& request, std::chrono::milliseconds limit) {
  // Another process, which may be slow or hang: everybody who writes would wait with us.
  MIBUN_INVARIANT(!database::inside_write());
  const Until until = std::chrono::steady_clock::now() + limit;
  MIBUN_TRY(const SecretBytes message, request.encode());
  MIBUN_TRY(auto connection, borrow(until));
  Status sent = connection->send(message.reveal(), until);
  // A connection that was refused for want of room has its answer already, whatever became of the request.
  auto answer = connection->receive(until, limit);
  if (!answer || !*answer) {
    give_back(nullptr);
    if (!answer) return pass_error(answer);
    return fail(ErrorCode::keyd_unavailable, "socket", "the key service hung up");
  }
  give_back(sent ? std::move(connection) : nullptr);
  return Answer::parse((*answer)->reveal());
}

Status RemoteClient::tell(const Request& request) {
  MIBUN_TRY(const Bytes answer, ask(request));
  if (!answer.empty()) return fail(ErrorCode::keyd_unavailable, "answer", "has a value where none belongs");
  return {};
}

}  // namespace mibun::keyd
