#include "platform/keyd/service.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/crypto/x509.h"
#include "platform/files/descriptor.h"
#include "platform/keyd/signing_list.h"
#include "platform/keyd/socket_address.h"
#include "platform/log/log.h"

namespace mibun::keyd {
namespace {

constexpr int kBacklog = 64;
constexpr std::chrono::milliseconds kRefusalTime{100};

// The name of a service that ended without taking it away; another's is left alone.
Status remove_abandoned(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) return fail(ErrorCode::io_error, path, "is there and is no socket");
  if (Connection::connect_to(path, std::chrono::steady_clock::now())) {
    return fail(ErrorCode::io_error, path, "another key service listens there");
  }
  if (::unlink(path.c_str()) != 0) return files::write_failure(path, "cannot be replaced");
  return {};
}

SecretBytes refusal(const char* why) {
  return Answer::encode(fail(ErrorCode::keyd_unavailable, std::string(Answer::kNoRoom), why));
}

Result<RecordName> record_of(const Request& request) {
  const auto record_class = records::ClassId::named(request.record_class);
  if (!record_class)
    return fail(ErrorCode::invalid_argument, "record_class", "the table of record classes has no such");
  return RecordName{*record_class, request.record, static_cast<int>(request.record_version)};
}

Result<Bytes> nothing(const Status& done) {
  if (!done) return std::unexpected(done.error());
  return Bytes();
}

}  // namespace

Result<std::unique_ptr<Service>> Service::listen(ServiceOptions options) {
  const std::string& path = options.socket_path;
  MIBUN_TRY(const SocketAddress address, SocketAddress::of(path));
  if (options.peers.empty()) options.peers.insert(::geteuid());
  MIBUN_CHECK(remove_abandoned(path));
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  std::unique_ptr<Service> service(new Service(std::move(options), listener));
  const mode_t before = ::umask(0177);  // 0600 from the first moment
  const bool bound = ::bind(listener, address.get(), address.size()) == 0;
  ::umask(before);
  if (!bound) return files::write_failure(service->options_.socket_path, "cannot be made");
  const auto owner = service->options_.owner;
  if (owner && *owner != ::geteuid() && ::lchown(address.path(), *owner, static_cast<gid_t>(-1)) != 0) {
    return files::write_failure(service->options_.socket_path, "cannot be given to its client");
  }
  if (::listen(listener, kBacklog) != 0) return files::write_failure(service->options_.socket_path, "cannot listen");
  return service;
}

Service::Service(ServiceOptions options, int listener) : options_(std::move(options)), listener_(listener) {}

Service::~Service() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    for (Connection* connection : open_) connection->shut_down();
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  ::unlink(options_.socket_path.c_str());
}

void Service::start(KeyHolder& holder, SigningKeys* signing_keys) {
  holder_ = &holder;
  signing_keys_ = signing_keys;
  for (std::size_t i = 0; i < options_.connections_max; ++i) threads_.emplace_back([this] { work(); });
}

void Service::run(int stop) {
  for (;;) {
    std::array<pollfd, 2> ready{{{listener_.get(), POLLIN, 0}, {stop, POLLIN, 0}}};
    if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) break;
    if (ready[1].revents != 0) break;
    if (ready[0].revents != 0) take_connection();
  }
  const std::lock_guard lock(mutex_);
  is_ending_ = true;
  for (Connection* connection : open_) connection->shut_down();
  changed_.notify_all();
}

void Service::take_connection() {
  const int descriptor = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (descriptor < 0) return;
  Connection connection(descriptor);
  const auto peer = connection.peer();
  if (!peer || !options_.peers.contains(*peer)) {
    log::warning("keyd_peer_refused", {{"uid", peer ? static_cast<std::int64_t>(*peer) : -1}});
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (arrived_.size() + open_.size() < options_.connections_max) {
      arrived_.push_back(std::move(connection));
      changed_.notify_all();
      return;
    }
  }
  log::warning("keyd_connections_full");
  static_cast<void>(
      connection.send(refusal("too many connections").reveal(), std::chrono::steady_clock::now() + kRefusalTime));
}

void Service::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return is_ending_ || !arrived_.empty(); });
    if (is_ending_) return;
    Connection connection = std::move(arrived_.front());
    arrived_.pop_front();
    open_.insert(&connection);
    lock.unlock();
    talk(connection);
    lock.lock();
    open_.erase(&connection);
  }
}

void Service::talk(Connection& connection) {
  for (;;) {
    const auto message = connection.receive(std::nullopt, options_.frame_time);
    if (!message || !*message) return;
    const SecretBytes reply = answer((*message)->reveal());
    if (!connection.send(reply.reveal(), std::chrono::steady_clock::now() + options_.frame_time)) return;
  }
}

SecretBytes Service::answer(BytesView message) {
  if (!enter()) {
    log::warning("keyd_queue_full");
    return refusal("too many requests");
  }
  Result<Bytes> given = answer_to(message);
  leave();
  if (!given) log::warning("keyd_refused", {{"code", to_string(given.error().code)}});
  SecretBytes encoded = Answer::encode(given);
  if (given) secure_wipe(*given);
  return encoded;
}

Result<Bytes> Service::answer_to(BytesView message) {
  MIBUN_TRY(const Request request, Request::parse(message));
  const PersonId person{std::string(request.person)};
  switch (request.operation) {
    case Operation::ping:
      return Bytes();
    case Operation::create_person_key:
      return nothing(holder_->create_person_key(person));
    case Operation::seal: {
      MIBUN_TRY(const RecordName name, record_of(request));
      return holder_->seal(person, name, request.value);
    }
    case Operation::open: {
      MIBUN_TRY(const RecordName name, record_of(request));
      return holder_->open_for(request.purpose, person, name, request.value);
    }
    case Operation::destroy_person_key:
      return nothing(holder_->destroy_person_key(person));
    case Operation::has_person_key: {
      MIBUN_TRY(const bool has, holder_->has_person_key(person));
      return Bytes{static_cast<std::uint8_t>(has)};
    }
    case Operation::lookup_hash:
      return holder_->lookup_hash(request.domain, request.value);
    case Operation::person_hash:
      return holder_->person_hash(person, request.domain, request.value);
    case Operation::rotate_epoch:
      return nothing(holder_->rotate_epoch());
    default:
      return answer_about_signing(request);
  }
}

Result<Bytes> Service::answer_about_signing(const Request& request) {
  if (signing_keys_ == nullptr) return fail(ErrorCode::keyd_unavailable, "signing_keys", "this service has none");
  const SigningKeyId id{std::string(request.record), request.record_version};
  switch (request.operation) {
    case Operation::create_signing_key: {
      MIBUN_TRY(const auto key, signing_keys_->create(id));
      log::info("keyd_signing_key_made",
                {{"name", std::string_view(id.name)}, {"generation", static_cast<std::int64_t>(id.generation)}});
      return to_bytes(key.point());
    }
    case Operation::list_signing_keys: {
      MIBUN_TRY(const auto keys, signing_keys_->list());
      return to_bytes(encode_signing_list(keys));
    }
    case Operation::keep_chain: {
      const auto chain = crypto::certificates_from_pem(as_text(request.value));
      if (!chain) return fail(ErrorCode::invalid_argument, "value", "not certificates in PEM");
      return nothing(signing_keys_->keep_chain(id, *chain));
    }
    case Operation::sign: {
      MIBUN_TRY(const auto signature, signing_keys_->sign(request.purpose, id, request.value));
      return to_bytes(signature);
    }
    case Operation::retire_signing_key: {
      MIBUN_CHECK(signing_keys_->retire(id));
      log::info("keyd_signing_key_retired",
                {{"name", std::string_view(id.name)}, {"generation", static_cast<std::int64_t>(id.generation)}});
      return Bytes();
    }
    case Operation::copy_signing_table: {
      MIBUN_TRY(auto table, signing_keys_->copy_table());
      return std::move(table).value_or(Bytes());
    }
    default:
      return fail(ErrorCode::invalid_argument, "operation");
  }
}

// A place among those that work, perhaps after a wait; false when too many wait already, or it took too long.
bool Service::enter() {
  std::unique_lock lock(mutex_);
  if (working_ >= options_.working_max) {
    if (waiting_ >= options_.waiting_max) return false;
    ++waiting_;
    const bool free =
        changed_.wait_for(lock, options_.waiting_time, [&] { return is_ending_ || working_ < options_.working_max; });
    --waiting_;
    if (!free || is_ending_) return false;
  }
  ++working_;
  return true;
}

void Service::leave() {
  const std::lock_guard lock(mutex_);
  --working_;
  changed_.notify_all();
}

}  // namespace mibun::keyd
