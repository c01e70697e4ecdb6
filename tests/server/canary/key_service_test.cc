#include <doctest/doctest.h>

#include "core/codecs/json.h"
#include "platform/files/files.h"
#include "tests/cli/proximity/running.h"
#include "tests/server/canary/crowd.h"
#include "tests/server/canary/search.h"
#include "tests/server/canary/talk.h"
#include "tests/server/killed/stage.h"

// With the keys in `mibun keyd`, what is sealed and opened goes through two processes. Neither keeps any of it.
namespace mibun::server {
namespace {

// The world's configuration, with the key service at `socket`.
std::string config_with_key_service(const TestWorld& world, const std::string& socket) {
  const Bytes text = must(files::read_file(write_server_config(world), 1 << 20));
  json::Object config = must(json::parse_object(as_text(text)));
  config["keyd"] = json::Object{{"socket", socket}};
  return world.directory_.write("with-keyd.json", json::serialize(config));
}

}  // namespace

TEST_CASE("the key service forgets what it sealed and opened, and so does the server that asked it") {
  TestWorld world({}, SystemClock().now() - std::chrono::hours(1));
  Crowd crowd(world, 6, 3);
  world.app.reset();
  const std::string socket = world.directory_.file("keyd.sock");
  Running keyd({MIBUN_PROGRAM, "--lang", "en", "keyd", "--directory", world.data_directory() + "/keyd", "--socket",
                socket, "--log", world.directory_.file("keyd.log")});
  keyd.wait_for("ready: ");
  ServerProcess server(world.data_directory(), config_with_key_service(world, socket), {});
  REQUIRE(server.is_ready());
  const Talk talk(world, server, 2);
  crowd.plant(0, crowd.people().size(), 1);
  for (Planted& person : crowd.people()) crowd.look_around(person);
  for (Planted& person : crowd.people()) {
    if (person.goes) crowd.erase(person);
  }
#ifndef MIBUN_SANITIZED
  Search search(crowd.scanner());
  for (const pid_t process : {server.pid(), keyd.pid()}) {
    CAPTURE((process == server.pid() ? "server" : "keyd"));
    const Searched searched = search.memory("memory, with a key service", process);
    CHECK(searched.bytes > 10'000'000);
    CHECK(Searched::in_words(searched.erased) == "");
    CHECK(Searched::in_words(searched.living) == "");
  }
#endif
  // The control: whose keys it holds stands in its memory.
  CanaryScanner ids;
  for (const std::string& account : crowd.accounts(false)) ids.add("living", as_bytes(account));
  CHECK(!Search(ids).memory("the key service's people", keyd.pid()).living.empty());
}

}  // namespace mibun::server
