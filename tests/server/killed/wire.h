#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/server/world/test_world.h"

namespace mibun::server {

// The server did not answer: it is gone, or going.
struct ServerGone : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One kept-alive TLS connection to a server on this machine, by the name that it serves.
class Wire {
 public:
  // `root_pem_file`: the server's own root; empty: whoever answers is believed, for a server of another time.
  Wire(std::uint16_t port, const std::string& root_pem_file);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Throws ServerGone.
  Reply send(const TestRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::server
