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

// One that is idle and still good, or a new one; waits while all are lent.
Result<std::unique_ptr<Connection>> RemoteClient::borrow(Until until) {
  std::unique_lock lock(mutex_);
  if (!freed_.wait_until(lock, until, [&] { return lent_ < options_.connections_max; })) {
    return fail(ErrorCode::keyd_unavailable, "socket", "all connections are busy");
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
  // Another process, which may be slow or hang: everybody who writes would wait with us.
  MIBUN_INVARIANT(!database::inside_write());
  const bool is_rotation = request.operation == Operation::rotate_epoch;
  const auto limit = is_rotation ? options_.rotation_time_limit : options_.time_limit;
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
