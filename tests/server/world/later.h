#pragma once

#include "tests/server/world/test_world.h"

namespace mibun::server {

// The world's clock goes on for a while and back again, since everybody shares it.
class Later {
 public:
  Later(TestWorld& world, milliseconds span) : world_(world), span_(span) { world_.clock.advance(span_); }
  ~Later() { world_.clock.advance(-span_); }
  Later(const Later&) = delete;
  Later& operator=(const Later&) = delete;

 private:
  TestWorld& world_;
  milliseconds span_;
};

}  // namespace mibun::server
