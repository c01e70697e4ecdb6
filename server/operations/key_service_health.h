#pragma once

#include <atomic>

namespace mibun::server {

// What /readyz says about the key service that this server started: told by who watches over it. While it is away,
// what needs a key is 503 and everything else goes on.
class KeyServiceHealth {
 public:
  void set(bool is_running) { is_running_.store(is_running); }
  bool is_running() const { return is_running_.load(); }

 private:
  std::atomic<bool> is_running_{false};
};

}  // namespace mibun::server
