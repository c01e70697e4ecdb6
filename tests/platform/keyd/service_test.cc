#include "platform/keyd/service.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "tests/platform/keyd/running_service.h"
#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

Until soon() {
  return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

Connection connect(const std::string& path) {
  auto connection = Connection::connect_to(path, soon());
  REQUIRE(connection.has_value());
  return std::move(*connection);
}

// The answer to `message`, or none when the service hung up.
std::optional<Result<Bytes>> ask(Connection& connection, BytesView message) {
  if (!connection.send(message, soon())) return std::nullopt;
  auto reply = connection.receive(soon(), std::chrono::seconds(20));
  if (!reply || !*reply) return std::nullopt;
  return Answer::parse((*reply)->reveal());
}

bool hangs_up(Connection& connection) {
  const auto reply = connection.receive(soon(), std::chrono::seconds(20));
  return reply.has_value() && !reply->has_value();
}

Bytes ping() {
  return to_bytes(Request{.operation = Operation::ping}.encode()->reveal());
}

void send_raw(const Connection& connection, BytesView bytes) {
  REQUIRE(::send(connection.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
}

// Holds whoever seals until it is told to let go, and counts them.
class Slow final : public KeyHolder {
 public:
  Status create_person_key(const PersonId&) override { return {}; }
  Result<Bytes> seal(const PersonId&, const RecordName&, BytesView) override {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return is_free_; });
    return Bytes{1};
  }
  Result<Bytes> open(const PersonId&, const RecordName&, BytesView) override { return Bytes(); }
  Status destroy_person_key(const PersonId&) override { return {}; }
  Result<bool> has_person_key(const PersonId&) override { return true; }
  Result<Bytes> lookup_hash(std::string_view, BytesView) override { return Bytes(); }
  Result<Bytes> person_hash(const PersonId&, std::string_view, BytesView) override { return Bytes(); }
  Status rotate_epoch() override { return {}; }

  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ >= count; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    is_free_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool is_free_ = false;
};

}  // namespace

TEST_CASE("the socket is its owner's alone, one service listens at it, and an abandoned one is replaced") {
  const TempDir directory;
  {
    const RunningService service(directory.path());
    struct stat status{};
    REQUIRE(::lstat(service.socket().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    const auto second = Service::listen({.socket_path = service.socket(), .peers = {}});
    REQUIRE(!second.has_value());
    CHECK(second.error().code == ErrorCode::io_error);
    CHECK(service.client()->lookup_hash("d", as_bytes("v")).has_value());  // and the first one goes on
  }
  const std::string socket = directory.file("sock");
  CHECK(!std::filesystem::exists(socket));
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);  // as kill -9 leaves it
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(left);
  CHECK(RunningService(directory.path()).client() != nullptr);

  const std::string file = directory.write("file", "something else");
  CHECK(Service::listen({.socket_path = file, .peers = {}}).error().code == ErrorCode::io_error);
  CHECK(directory.read("file") == "something else");
  for (const std::string& path : {std::string(), std::string(108, 'x')}) {
    CHECK(Service::listen({.socket_path = path, .peers = {}}).error().code == ErrorCode::invalid_argument);
    CHECK(RemoteKeyHolder::open({.socket_path = path}).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("who is not among the peers is hung up on, whatever the socket's mode says") {
  const TempDir directory;
  SUBCASE("another user than ours is expected") {
    const RunningService service(directory.path(), {.socket_path = {}, .peers = {::geteuid() + 1}});
    Connection connection = connect(service.socket());
    CHECK(hangs_up(connection));
    CHECK(RemoteKeyHolder::open({.socket_path = service.socket()}).error().code == ErrorCode::keyd_unavailable);
  }
  SUBCASE("another user comes") {
    if (::geteuid() != 0) return;  // only root can be somebody else
    const RunningService service(directory.path());
    ::chmod(directory.path().c_str(), 0755);
    ::chmod(service.socket().c_str(), 0666);
    const pid_t child = ::fork();
    if (child == 0) {
      if (::setuid(65534) != 0) ::_exit(9);
      auto connection = Connection::connect_to(service.socket(), soon());
      if (!connection) ::_exit(8);
      static_cast<void>(connection->send(ping(), soon()));
      const auto reply = connection->receive(soon(), std::chrono::seconds(20));
      ::_exit(reply && *reply ? 1 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
}

TEST_CASE("a client does not hand plaintext to another user's service") {
  const TempDir directory;
  const RunningService service(directory.path());
  const auto opened = RemoteKeyHolder::open({.socket_path = service.socket(), .service_users = {::geteuid() + 1}});
  REQUIRE(!opened.has_value());
  CHECK(opened.error().code == ErrorCode::keyd_unavailable);
}

struct Row {
  const char* why;
  Bytes stream;
};

TEST_CASE("a length that no message has ends the connection at once") {
  const TempDir directory;
  const RunningService service(directory.path(),
                               {.socket_path = {}, .peers = {}, .frame_time = std::chrono::minutes(10)});
  const Row rows[] = {{"none", {0, 0, 0, 0}},
                      {"one beyond the limit", {0, 0x40, 0x20, 0x41}},
                      {"the largest", {0xff, 0xff, 0xff, 0xff}}};
  for (const Row& row : rows) {
    INFO(row.why);
    Connection connection = connect(service.socket());
    send_raw(connection, row.stream);
    CHECK(hangs_up(connection));
  }
}

TEST_CASE("a frame that is not whole in time ends its connection, a message that is none is refused, others go on") {
  const TempDir directory;
  const RunningService service(directory.path(),
                               {.socket_path = {}, .peers = {}, .frame_time = std::chrono::milliseconds(200)});
  const auto well = service.client();
  const Row frames[] = {
      {"a head that does not end", {0, 0, 0}},
      {"a message that does not come", {0, 0, 0, 5}},
      {"a message that does not end", {0, 0, 0, 5, 1, 1, 0}},
  };
  for (const Row& row : frames) {
    INFO(row.why);
    Connection connection = connect(service.socket());
    send_raw(connection, row.stream);
    CHECK(hangs_up(connection));
  }
  const Bytes good = ping();
  const auto changed = [&](std::size_t at, std::uint8_t to) {
    Bytes message = good;
    message[at] = to;
    return message;
  };
  Bytes longer = good;
  longer.push_back(0);
  const Row messages[] = {
      {"one byte", {1}},
      {"another version", changed(0, 2)},
      {"no operation", changed(1, 0)},
      {"an operation beyond the last", changed(1, 16)},
      {"a purpose where none belongs", changed(2, 1)},
      {"a version where none belongs", changed(6, 1)},
      {"a name longer than the message", changed(10, 1)},
      {"a name of all sizes", changed(7, 0xff)},
      {"bytes behind the end", longer},
      {"cut", to_bytes(BytesView(good).first(good.size() - 1))},
      {"garbage", Bytes(300, 0x5a)},
  };
  Connection connection = connect(service.socket());
  for (const Row& row : messages) {
    INFO(row.why);
    const auto answer = ask(connection, row.stream);
    REQUIRE(answer.has_value());
    REQUIRE(!answer->has_value());
    CHECK(answer->error().code == ErrorCode::invalid_argument);
  }
  const auto unknown_purpose = ask(connection, changed(2, 200));
  REQUIRE(unknown_purpose.has_value());
  CHECK(unknown_purpose->error().code == ErrorCode::keyd_purpose_not_allowed);
  CHECK(ask(connection, good)->has_value());
  CHECK(well->lookup_hash("d", as_bytes("v")).has_value());
}

TEST_CASE("purposes and rates hold at the socket") {
  const TempDir directory;
  const RunningService service(directory.path(), {}, {{Purpose::show_history, {.per_second = 0, .burst = 2}}});
  const auto client = service.client();
  REQUIRE(client->create_person_key(kAlice));
  const RecordName name{"history", "row", 1};
  const Bytes record = client->seal(kAlice, name, as_bytes("shared")).value();
  CHECK(client->open(kAlice, name, record).error().code == ErrorCode::keyd_purpose_not_allowed);
  CHECK(client->open_for(Purpose::prove_identity, kAlice, name, record).error().code ==
        ErrorCode::keyd_purpose_not_allowed);
  CHECK(client->open_for(Purpose::show_history, kAlice, name, record).has_value());
  CHECK(client->open_for(Purpose::show_history, kAlice, name, record).has_value());
  CHECK(client->open_for(Purpose::show_history, kAlice, name, record).error().code == ErrorCode::keyd_rate_limited);
  CHECK(client->seal(kAlice, name, as_bytes("more")).has_value());
}

TEST_CASE("connections are bounded: one too many hears so, and has a place when another goes") {
  const TempDir directory;
  const RunningService service(directory.path(), {.socket_path = {}, .peers = {}, .connections_max = 3});
  std::vector<Connection> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(connect(service.socket()));
    CHECK(ask(open.back(), ping())->has_value());
  }
  Connection extra = connect(service.socket());
  const auto refused = extra.receive(soon(), std::chrono::seconds(20));
  REQUIRE(refused.has_value());
  REQUIRE(refused->has_value());
  CHECK(Answer::parse((*refused)->reveal()).error().code == ErrorCode::keyd_unavailable);
  CHECK(RemoteKeyHolder::open({.socket_path = service.socket()}).error().code == ErrorCode::keyd_unavailable);
  open.pop_back();
  const auto until = soon();
  bool has_place = false;
  while (!has_place && std::chrono::steady_clock::now() < until) {
    has_place = RemoteKeyHolder::open({.socket_path = service.socket()}).has_value();
  }
  CHECK(has_place);
}

TEST_CASE("requests are bounded: beyond those that work and wait the answer is at once that there is no room") {
  const TempDir directory;
  Slow slow;
  const RunningService service(
      directory.path(),
      {.socket_path = {}, .peers = {}, .working_max = 2, .waiting_max = 1, .waiting_time = std::chrono::seconds(60)},
      {}, &slow);
  const auto client = service.client();
  std::atomic<int> done{0}, refused{0};
  std::vector<std::thread> threads;
  const auto seal = [&] {
    const auto sealed = client->seal(kAlice, kName, as_bytes("x"));
    if (sealed) ++done;
    if (!sealed && sealed.error().code == ErrorCode::keyd_unavailable) ++refused;
  };
  for (int i = 0; i < 2; ++i) threads.emplace_back(seal);
  slow.wait_for(2);
  for (int i = 0; i < 4; ++i) threads.emplace_back(seal);  // one of them waits
  const auto until = soon();
  while (refused < 3 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK(refused == 3);
  CHECK(done == 0);
  slow.let_go();
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 3);
}

TEST_CASE("a service that does not answer in time is unavailable, and so is one that is gone, until it is back") {
  const TempDir directory;
  Slow slow;
  std::unique_ptr<RemoteKeyHolder> client;
  {
    const RunningService service(directory.path(), {}, {}, &slow);
    client = service.client({.socket_path = {}, .time_limit = std::chrono::milliseconds(100)});
    CHECK(client->seal(kAlice, kName, as_bytes("x")).error().code == ErrorCode::keyd_unavailable);
    CHECK(client->has_person_key(kAlice).value());  // on another connection: the answer of before is nobody's
    slow.let_go();
  }
  CHECK(client->has_person_key(kAlice).error().code == ErrorCode::keyd_unavailable);
  const RunningService again(directory.path(), {}, {}, &slow);
  CHECK(client->has_person_key(kAlice).value());
}

TEST_CASE("what is too large for the service is refused before it is sent") {
  const TempDir directory;
  const RunningService service(directory.path());
  const auto client = service.client();
  REQUIRE(client->create_person_key(kAlice));
  const RecordName name{"card", "row", 1};
  CHECK(client->seal(kAlice, name, Bytes(kPlaintextBytesMax + 1)).error().code == ErrorCode::invalid_argument);
  CHECK(client->create_person_key({std::string(kNameBytesMax + 1, 'x')}).error().code == ErrorCode::invalid_argument);
  const Bytes largest = client->seal(kAlice, name, Bytes(kPlaintextBytesMax)).value();
  CHECK(client->open(kAlice, name, largest).value() == Bytes(kPlaintextBytesMax));
}

TEST_CASE("many clients at once each get their own answers") {
  const TempDir directory;
  const RunningService service(directory.path());
  const auto client = service.client();
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 12; ++thread) {
    threads.emplace_back([&, thread] {
      const PersonId person{"person-" + std::to_string(thread)};
      const RecordName name{"card", "row", 1};
      if (!client->create_person_key(person)) ++failures;
      for (int i = 0; i < 30; ++i) {
        const std::string text = std::to_string(thread) + "." + std::to_string(i);
        const auto record = client->seal(person, name, as_bytes(text));
        const auto opened = record ? client->open(person, name, *record) : record;
        if (!opened || as_text(*opened) != text) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
}
