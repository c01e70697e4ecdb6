#include <doctest/doctest.h>

#include "tests/server/world/own_world.h"

// Challenges stand in no table: what of them outlives a start of the program, and what two at once do.
namespace mibun::server {
namespace {

struct Restarted : OwnWorld {
  void start_again() {
    app.reset();
    app = must(App::open(config, clock, rng));
  }
  TestRequest look() { return account_request(holder, "GET", "/api/v1/account"); }
};

}  // namespace

TEST_CASE("a challenge is good in the next run of the program, and once in both together") {
  Restarted w;
  const TestRequest first = w.look(), second = w.look();
  CHECK(w.send(first).status() == 200);
  w.start_again();
  CHECK(w.send(second).status() == 200);
  CHECK(w.send(first).code() == "assertion_replayed");
  CHECK(w.send(second).code() == "assertion_replayed");
}

TEST_CASE("an authenticator that counts counts forward only") {
  Restarted w;
  const TestRequest lower = w.look(), higher = w.look(), highest = w.look();
  CHECK(w.send(higher).status() == 200);
  CHECK(w.send(lower).code() == "assertion_invalid");
  CHECK(w.send(highest).status() == 200);
}

}  // namespace mibun::server
