#include "platform/transport/socket.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "platform/transport/frame.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::transport;

namespace {

const SystemClock kClock;
Instant in(milliseconds time) {
  return kClock.now() + time;
}

struct Ends {
  std::unique_ptr<proximity::Wire> device, reader;
};

Ends meet(const std::string& ip = "127.0.0.1") {
  auto listener = must(SocketListener::open({ip, 0}, kClock));
  const auto address = listener.address();
  CHECK(address.port != 0);
  auto reader = must(connect_to(address, kClock, in(seconds(5))));
  return {must(std::move(listener).accept_one(in(seconds(5)))), std::move(reader)};
}

// A peer without manners: it sends what it likes.
class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawPeer() { hang_up(); }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;
  bool connected() const { return connected_; }
  bool say(BytesView bytes) const {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  // Nothing more comes: end of file, or a reset.
  bool is_cut_off() const {
    std::uint8_t byte = 0;
    return ::recv(socket_, &byte, 1, 0) <= 0;
  }
  void hang_up() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }

 private:
  int socket_;
  bool connected_ = false;
};

}  // namespace

TEST_CASE("messages cross a socket whole, both ways, over IPv4 and IPv6") {
  for (const char* ip : {"127.0.0.1", "::1"}) {
    CAPTURE(ip);
    Ends ends = meet(ip);
    const Bytes large(proximity::kMessageBytesMax, 0x5a);
    std::jthread sender([&] { must(ends.reader->send(large)); });
    CHECK(must(ends.device->receive(in(seconds(10)))) == large);
    must(ends.device->send(Bytes{1, 2, 3}));
    must(ends.device->send(Bytes{4}));
    CHECK(must(ends.reader->receive(in(seconds(5)))) == Bytes{1, 2, 3});
    CHECK(must(ends.reader->receive(in(seconds(5)))) == Bytes{4});
    CHECK(!must(ends.reader->receive(kClock.now())));  // nothing there is no error
  }
}

TEST_CASE("what was sent before the end arrives, and then the end") {
  Ends ends = meet();
  must(ends.reader->send(Bytes{9}));  // stays unread at the device
  must(ends.device->send(Bytes{1, 2}));
  ends.device.reset();
  CHECK(must(ends.reader->receive(in(seconds(5)))) == Bytes{1, 2});
  CHECK(code_of(ends.reader->receive(in(seconds(5)))) == ErrorCode::wallet_connection_lost);
  CHECK(code_of(ends.reader->receive(in(seconds(5)))) == ErrorCode::wallet_connection_lost);
  CHECK(ends.reader->send(Bytes{1}).error().code == ErrorCode::wallet_connection_lost);
}

TEST_CASE("a second reader does not get in, not even one that waited already") {
  auto listener = must(SocketListener::open({"127.0.0.1", 0}, kClock));
  const std::uint16_t port = listener.address().port;
  const RawPeer first(port), waiting(port);
  const auto wire = must(std::move(listener).accept_one(in(seconds(5))));
  CHECK(waiting.is_cut_off());
  const RawPeer late(port);
  CHECK(!late.connected());
  CHECK(code_of(connect_to({"127.0.0.1", port}, kClock, in(seconds(5)))) == ErrorCode::wallet_connection_lost);
}

TEST_CASE("peers that lie about lengths, hang up in the middle or say nothing") {
  struct Row {
    std::string_view why;
    Bytes says;
    bool hangs_up;
    bool is_lost;
  };
  const Row rows[] = {{"a length of nothing", {0, 0, 0, 0}, false, true},
                      {"a length beyond all messages", {0xff, 0xff, 0xff, 0xff, 1}, false, true},
                      {"half a head, then gone", {0, 0}, true, true},
                      {"half a message, then gone", {0, 0, 0, 9, 1, 2, 3}, true, true},
                      {"gone at once", {}, true, true},
                      {"half a message, and time to send the rest", {0, 0, 0, 9, 1, 2, 3}, false, false},
                      {"silence", {}, false, false}};
  for (const Row& row : rows) {
    INFO(row.why);
    auto listener = must(SocketListener::open({"127.0.0.1", 0}, kClock));
    RawPeer peer(listener.address().port);
    const auto wire = must(std::move(listener).accept_one(in(seconds(5))));
    if (!row.says.empty()) CHECK(peer.say(row.says));
    if (row.hangs_up) peer.hang_up();
    const auto received = wire->receive(in(row.is_lost ? milliseconds(5000) : milliseconds(50)));
    CHECK(received.has_value() == !row.is_lost);
    if (received) CHECK(!*received);
    if (!received) CHECK(received.error().code == ErrorCode::wallet_connection_lost);
  }
}

TEST_CASE("a message that comes too slowly is cut off") {
  ManualClock clock(kTestNow);
  auto listener = must(SocketListener::open({"127.0.0.1", 0}, clock));
  const RawPeer peer(listener.address().port);
  const auto wire = must(std::move(listener).accept_one(clock.now() + seconds(5)));
  CHECK(peer.say(Bytes{0, 0, 0, 9, 1}));
  while (must(wire->receive(clock.now())).has_value()) {
  }
  SUBCASE("the rest comes in time") {
    clock.advance(kFrameTime - seconds(1));
    CHECK(peer.say(Bytes{2, 3, 4, 5, 6, 7, 8, 9}));
    CHECK(must(wire->receive(clock.now() + milliseconds(500))) == Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  SUBCASE("a byte now and then does not buy time") {
    clock.advance(kFrameTime / 2);
    CHECK(peer.say(Bytes{2}));
    CHECK(!must(wire->receive(clock.now())));
    clock.advance(kFrameTime / 2);
    CHECK(code_of(wire->receive(clock.now() + seconds(5))) == ErrorCode::wallet_connection_lost);
  }
}

TEST_CASE("a peer that takes nothing is cut off") {
  // Six seconds pass whenever somebody looks.
  class Hurrying final : public Clock {
   public:
    Instant now() const override { return kTestNow + seconds(6 * looked_++); }

   private:
    mutable int looked_ = 0;
  };
  const Hurrying clock;
  auto listener = must(SocketListener::open({"127.0.0.1", 0}, clock));
  const RawPeer peer(listener.address().port);
  const auto wire = must(std::move(listener).accept_one(kTestNow + seconds(600)));
  const Bytes large(proximity::kMessageBytesMax, 1);
  Status sent;
  for (int i = 0; i < 64 && sent; ++i) sent = wire->send(large);  // more than any socket buffers
  REQUIRE(!sent);
  CHECK(sent.error().code == ErrorCode::wallet_connection_lost);
}

TEST_CASE("addresses that are not ours, and nobody there") {
  CHECK(code_of(SocketListener::open({"0.0.0.0", 0}, kClock)) == ErrorCode::invalid_argument);
  CHECK(code_of(SocketListener::open({"8.8.8.8", 0}, kClock)) == ErrorCode::invalid_argument);
  CHECK(code_of(SocketListener::open({"10.255.255.254", 0}, kClock)) == ErrorCode::io_error);
  CHECK(code_of(connect_to({"8.8.8.8", 443}, kClock, in(seconds(1)))) == ErrorCode::mdoc_engagement_malformed);
  CHECK(code_of(connect_to({"127.0.0.1", 1}, kClock, in(seconds(5)))) == ErrorCode::wallet_connection_lost);
  auto listener = must(SocketListener::open({"127.0.0.1", 0}, kClock));
  CHECK(code_of(SocketListener::open(listener.address(), kClock)) == ErrorCode::io_error);
  CHECK(code_of(std::move(listener).accept_one(in(milliseconds(20)))) == ErrorCode::wallet_connection_lost);
}
