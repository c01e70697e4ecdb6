#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace mibun::server {

// A request whose body has begun and does not end: the server has what came so far and waits for the rest. For as long
// as this object lives.
class HalfSent {
 public:
  // Throws when the server does not take it.
  HalfSent(std::uint16_t port, const std::string& root_pem_file, const std::string& begun_body);
  ~HalfSent();
  HalfSent(const HalfSent&) = delete;
  HalfSent& operator=(const HalfSent&) = delete;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mibun::server
