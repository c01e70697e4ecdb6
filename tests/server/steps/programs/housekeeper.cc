// steps_housekeeper DATA ORIGIN HOST SOCKET: what `mibun serve` does each minute, once, over that data. Ends with 0
// when it was done; otherwise says the code of what went wrong. Counted by the disk of the tests after the start
// (MIBUN_DISK_COUNTED_WHILE).
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "core/crypto/hash.h"
#include "server/app/app.h"

int main(int count, char** arguments) {
  using namespace mibun;
  if (count != 5) return 2;
  server::Config config;
  config.data_directory = arguments[1];
  config.public_origin = arguments[2];
  config.rp_id = arguments[3];
  config.webauthn_origins = {config.public_origin};
  config.keyd.socket = arguments[4];
  const SystemClock clock;
  crypto::SystemRng rng;
  const auto app = server::App::open(std::move(config), clock, rng);
  const char* counting = std::getenv("MIBUN_DISK_COUNTED_WHILE");
  if (app && counting != nullptr) std::ofstream(counting) << "x";
  const Status done = app ? (*app)->purge_expired() : Status(std::unexpected(app.error()));
  if (counting != nullptr) std::filesystem::remove(counting);
  if (!done) {
    std::fprintf(stderr, "%s: %s\n", std::string(to_string(done.error().code)).c_str(), done.error().where.c_str());
    return 1;
  }
  return 0;
}
