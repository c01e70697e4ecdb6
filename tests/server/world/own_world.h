#pragma once

#include "platform/log/log.h"
#include "tests/server/world/test_world.h"

namespace mibun::server {

// A world that a test does not share. Afterwards the log goes on where the others look for it.
struct OwnWorld : TestWorld {
  ~OwnWorld() { log::open(world().log_file(), log::Level::info); }
};

}  // namespace mibun::server
