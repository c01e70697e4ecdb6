#include <doctest/doctest.h>

#include "platform/files/files.h"
#include "tests/server/world/own_world.h"

namespace mibun::server {
namespace {

struct Days : OwnWorld {
  void start_again() {
    app.reset();
    app = must(App::open(config, clock, rng));
  }
  // How often the epoch key was rotated since the world began.
  int rotations() {
    must(app->purge_expired());
    const std::string log = std::string(as_text(must(files::read_file(log_file(), 64 * 1024 * 1024))));
    int count = 0;
    for (std::size_t at = log.find("epoch_rotated"); at != std::string::npos; at = log.find("epoch_rotated", at + 1)) {
      ++count;
    }
    return count;
  }
};

}  // namespace

TEST_CASE("a server that starts more often than once a day rotates its epoch key each day all the same") {
  Days w;
  for (int hour = 0; hour < 23; ++hour) {
    w.clock.advance(std::chrono::hours(1));
    if (hour % 6 == 0) w.start_again();
    CHECK(w.rotations() == 0);
  }
  w.clock.advance(std::chrono::hours(1));
  w.start_again();
  CHECK(w.rotations() == 1);
  w.start_again();
  w.clock.advance(std::chrono::hours(23));
  CHECK(w.rotations() == 1);
  w.clock.advance(std::chrono::hours(1));
  CHECK(w.rotations() == 2);
}

TEST_CASE("where nobody knows since when an epoch key is in use, it is rotated") {
  Days w;
  REQUIRE(w.rotations() == 0);
  must(files::write_file_atomic(w.data_directory() + "/epoch.began", as_bytes(std::string_view("yesterday\n"))));
  w.start_again();
  CHECK(w.rotations() == 1);
  CHECK(w.rotations() == 1);
}

}  // namespace mibun::server
