#pragma once

#include <cstdint>
#include <string>
#include <vector>

// Stands between this process and the network: the test program has a connect() of its own, which libcurl finds before
// the C library's.
//
// While an Egress lives, a connection to a public address is led to a port of 127.0.0.1, and one to any other address
// is noted and refused. Outside of that, connect() is the system's.
class Egress {
 public:
  explicit Egress(std::uint16_t led_to);
  ~Egress();
  Egress(const Egress&) = delete;
  Egress& operator=(const Egress&) = delete;

  // "127.0.0.1:443", each time that it was tried.
  std::vector<std::string> private_connections() const;
  std::size_t public_connections() const;
};
