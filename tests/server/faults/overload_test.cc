// Twenty times more requests than a server answers (threat F12).
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "platform/database/database.h"
#include "server/migrations/migrations.h"
#include "tests/server/faults/key_service.h"

namespace mibun::server {
namespace {

using namespace std::chrono_literals;

// Of two loops with sixteen threads each that stand in, and a disk on which a registration takes about a second.
constexpr int kAtATime = 34, kAsked = 20 * kAtATime;

std::int64_t registrations_in(const std::string& data) {
  const auto database = must(database::Database::open(data + "/mibun.db", migrations()));
  return must(database->row("SELECT COUNT(*) FROM registrations"))->integer(0);
}

}  // namespace

TEST_CASE("twenty times more requests than are answered: those taken are done in time, the rest are told at once") {
  Served served({.environment = {"MIBUN_DISK_SLOW_MS=150"}, .data = "overload/data"});
  CHECK(begin_registration().status() == 201);
  const TestRequest request = stage().world().json_request("POST", "/api/v1/registrations", {});
  std::atomic<bool> is_over = false;
  int looked = 0;
  std::thread supervisor([&] {
    for (; !is_over; ++looked) {
      for (const char* path : {"/healthz", "/readyz", "/metrics"}) {
        CHECK(time_of(served, {.target = path}, 200) < 15s);
      }
    }
  });
  Crowding crowding(served, request, kAsked);
  int done = 0, refused = 0;
  for (const Reply& reply : crowding.replies()) {
    done += reply.status() == 201 ? 1 : 0;
    if (reply.status() != 503) continue;
    check_refused(reply, "service_overloaded");
    ++refused;
  }
  is_over = true;
  supervisor.join();
  MESSAGE(done << " done, " << refused << " refused, the slowest took " << crowding.took().count() << " ms; looked at "
               << looked << " times");
  CHECK(done + refused == kAsked);
  CHECK(done >= kAtATime);
  CHECK(refused >= kAtATime);
  CHECK(looked > 0);
  CHECK(works_again());
  // What was acknowledged is there, and nothing of who was refused.
  CHECK(served.server->stop() == 0);
  CHECK(registrations_in(served.data.directory) >= done + 2);
  CHECK(registrations_in(served.data.directory) < kAsked);
  served.start_again();
  check_whole_and_stop(served);
}

}  // namespace mibun::server
