#include "tests/server/faults/keyd_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "platform/keyd/connection.h"

namespace mibun::server {
namespace {

using namespace std::chrono_literals;
using keyd::Connection;

keyd::Until soon() {
  return std::chrono::steady_clock::now() + 30s;
}

}  // namespace

KeydProxy::KeydProxy(std::string front, std::string back)
    : front_(std::move(front)), back_(std::move(back)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::ranges::copy(front_, address.sun_path);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw std::runtime_error("nobody can stand at " + front_);
  }
  thread_ = std::thread([this] { accept(); });
}

KeydProxy::~KeydProxy() {
  is_over_ = true;
  thread_.join();
  for (std::thread& talk : talks_) talk.join();
  ::close(listener_);
  ::unlink(front_.c_str());
}

void KeydProxy::set(Lie lie) {
  const std::lock_guard lock(mutex_);
  lie_ = std::move(lie);
}
KeydProxy::Lie KeydProxy::lie_now() {
  const std::lock_guard lock(mutex_);
  return lie_;
}

void KeydProxy::accept() {
  while (!is_over_) {
    pollfd one{listener_, POLLIN, 0};
    if (::poll(&one, 1, 20) <= 0) continue;
    const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor >= 0) talks_.emplace_back([this, descriptor] { talk(descriptor); });
  }
}

void KeydProxy::talk(int descriptor) {
  Connection front(descriptor);
  auto back = Connection::connect_to(back_, soon());
  while (back && !is_over_) {
    pollfd one{front.get(), POLLIN, 0};
    if (::poll(&one, 1, 20) <= 0) continue;
    const auto message = front.receive(soon(), 30s);
    if (!message || !*message || !back->send((*message)->reveal(), soon())) return;
    auto reply = back->receive(soon(), 30s);
    if (!reply || !*reply) return;
    for (auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(delay_);
         std::chrono::steady_clock::now() < until && !is_over_;) {
      std::this_thread::sleep_for(5ms);
    }
    const auto request = keyd::Request::parse((*message)->reveal());
    if (const Lie lie = lie_now(); lie && request && request->operation != keyd::Operation::ping) {
      ++lies_;
      reply = keyd::Answer::encode(lie(*request, keyd::Answer::parse((*reply)->reveal())));
    }
    if (!front.send((*reply)->reveal(), soon())) return;
  }
}

}  // namespace mibun::server
