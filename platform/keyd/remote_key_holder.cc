#include "platform/keyd/remote_key_holder.h"

#include <unistd.h>

#include <utility>

namespace mibun::keyd {
namespace {

Status nothing(const Result<Bytes>& answer) {
  if (!answer) return std::unexpected(answer.error());
  if (!answer->empty()) return fail(ErrorCode::keyd_unavailable, "answer", "has a value where none belongs");
  return {};
}

Request about_record(Operation operation, const PersonId& person, const RecordName& name, BytesView value) {
  return {.operation = operation,
          .record_version = static_cast<std::uint32_t>(name.version),
          .person = person.value,
          .record_class = name.record_class.name(),
          .record = name.record,
          .value = value};
}

}  // namespace

Result<std::unique_ptr<RemoteKeyHolder>> RemoteKeyHolder::open(RemoteOptions options) {
  if (options.service_users.empty()) options.service_users = {::geteuid(), 0};
  std::unique_ptr<RemoteKeyHolder> holder(new RemoteKeyHolder(std::move(options)));
  MIBUN_CHECK(nothing(holder->ask({.operation = Operation::ping})));
  return holder;
}

Result<std::unique_ptr<Connection>> RemoteKeyHolder::connect(Until until) const {
  MIBUN_TRY(auto connection, Connection::connect_to(options_.socket_path, until));
  MIBUN_TRY(const uid_t service, connection.peer());
  if (!options_.service_users.contains(service)) {
    return fail(ErrorCode::keyd_unavailable, "socket", "another user than expected listens there");
  }
  return std::make_unique<Connection>(std::move(connection));
}

// One that is idle and still good, or a new one; waits while all are lent.
Result<std::unique_ptr<Connection>> RemoteKeyHolder::borrow(Until until) {
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

void RemoteKeyHolder::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  --lent_;
  if (connection) idle_.push_back(std::move(connection));
  freed_.notify_one();
}

Result<Bytes> RemoteKeyHolder::ask(const Request& request) {
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

Status RemoteKeyHolder::create_person_key(const PersonId& person) {
  return nothing(ask({.operation = Operation::create_person_key, .person = person.value}));
}

Result<Bytes> RemoteKeyHolder::seal(const PersonId& person, const RecordName& name, BytesView plaintext) {
  return ask(about_record(Operation::seal, person, name, plaintext));
}

Result<Bytes> RemoteKeyHolder::open(const PersonId& person, const RecordName& name, BytesView sealed) {
  return open_for(Purpose::unlisted, person, name, sealed);
}

Result<Bytes> RemoteKeyHolder::open_for(Purpose purpose, const PersonId& person, const RecordName& name,
                                        BytesView sealed) {
  Request request = about_record(Operation::open, person, name, sealed);
  request.purpose = purpose;
  return ask(request);
}

Status RemoteKeyHolder::destroy_person_key(const PersonId& person) {
  return nothing(ask({.operation = Operation::destroy_person_key, .person = person.value}));
}

Result<bool> RemoteKeyHolder::has_person_key(const PersonId& person) {
  MIBUN_TRY(const Bytes answer, ask({.operation = Operation::has_person_key, .person = person.value}));
  if (answer.size() != 1 || answer[0] > 1) return fail(ErrorCode::keyd_unavailable, "answer", "is neither yes nor no");
  return answer[0] == 1;
}

Result<Bytes> RemoteKeyHolder::lookup_hash(std::string_view domain, BytesView value) {
  return ask({.operation = Operation::lookup_hash, .domain = domain, .value = value});
}

Result<Bytes> RemoteKeyHolder::person_hash(const PersonId& person, std::string_view domain, BytesView value) {
  return ask({.operation = Operation::person_hash, .person = person.value, .domain = domain, .value = value});
}

Status RemoteKeyHolder::rotate_epoch() {
  return nothing(ask({.operation = Operation::rotate_epoch}));
}

}  // namespace mibun::keyd
