#pragma once

#include <memory>
#include <vector>

#include "tests/server/killed/server_process.h"
#include "tests/server/killed/wire.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {

// While this lives, a world's requests go to a real server, in turn over several connections that stay open, and its
// clock is the system's.
class Talk {
 public:
  Talk(TestWorld& world, const ServerProcess& server, std::size_t wires) : world_(world) {
    for (std::size_t i = 0; i < wires; ++i) {
      wires_.push_back(std::make_unique<Wire>(server.port(), world.data_directory() + "/keys/tls-root.crt"));
    }
    be_on_time();
    world_.elsewhere = [this](const TestRequest& request) {
      be_on_time();
      return wires_[next_++ % wires_.size()]->send(request);
    };
  }
  ~Talk() { world_.elsewhere = nullptr; }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

 private:
  void be_on_time() { world_.clock.advance(SystemClock().now() - world_.clock.now()); }

  TestWorld& world_;
  std::vector<std::unique_ptr<Wire>> wires_;
  std::size_t next_ = 0;
};

}  // namespace mibun::server
