#include <doctest/doctest.h>

#include <filesystem>

#include "core/codecs/json.h"
#include "platform/files/files.h"
#include "tests/cli/proximity/running.h"
#include "tests/server/canary/crowd.h"
#include "tests/server/canary/search.h"
#include "tests/server/canary/talk.h"
#include "tests/server/canary/thief.h"
#include "tests/server/killed/stage.h"

// With the keys in `mibun keyd`, what is sealed and opened goes through two processes. Neither keeps any of it,
// nor a key of who was erased.
namespace mibun::server {
namespace {

// The world's configuration, with the key service at `socket`.
std::string config_with_key_service(const TestWorld& world, const std::string& socket) {
  const Bytes text = must(files::read_file(write_server_config(world), 1 << 20));
  json::Object config = must(json::parse_object(as_text(text)));
  config["keyd"] = json::Object{{"socket", socket}};
  return world.directory_.write("with-keyd.json", json::serialize(config));
}

// Everybody's data key, by an epoch key and a table that were stolen now.
CanaryScanner keys_of(const TestWorld& world, const Crowd& crowd) {
  const TempDir stolen;
  std::filesystem::copy(world.data_directory() + "/keyd", stolen.file("keyd"),
                        std::filesystem::copy_options::recursive);
  std::filesystem::permissions(stolen.file("keyd"), std::filesystem::perms::owner_all);
  Thief thief;
  thief.take_table(stolen.file("keyd"));
  thief.take_epoch_keys(stolen.file("keyd"));
  thief.unwrap();
  const auto erased = crowd.accounts(true);
  REQUIRE(thief.keys_of(erased) == erased.size());
  return thief.search_for_keys(erased);
}

}  // namespace

TEST_CASE("the key service forgets what it sealed and opened, and so does the server that asked it") {
  TestWorld world({}, SystemClock().now() - std::chrono::hours(1));
  Crowd crowd(world, 6, 3);
  world.app.reset();
  const std::string socket = world.directory_.file("keyd.sock");
  Running handing_over({MIBUN_PROGRAM, "keyd", "--directory", world.data_directory() + "/keyd", "--take-signing-keys",
                        world.data_directory() + "/keys"});
  REQUIRE(handing_over.finish() == 0);
  Running keyd({MIBUN_PROGRAM, "--lang", "en", "keyd", "--directory", world.data_directory() + "/keyd", "--socket",
                socket, "--log", world.directory_.file("keyd.log")});
  keyd.wait_for("ready: ");
  ServerProcess server(world.data_directory(), config_with_key_service(world, socket), {});
  REQUIRE(server.is_ready());
  const Talk talk(world, server, 2);
  crowd.plant(0, crowd.people().size(), 1);
  for (Planted& person : crowd.people()) crowd.look_around(person);
  const CanaryScanner keys = keys_of(world, crowd);
  for (Planted& person : crowd.people()) {
    if (person.goes) crowd.erase(person);
  }
  Search values(crowd.scanner()), data_keys(keys);
#ifndef MIBUN_SANITIZED
  for (const pid_t process : {server.pid(), keyd.pid()}) {
    CAPTURE((process == server.pid() ? "server" : "keyd"));
    const Searched searched = values.memory("values", process);
    CHECK(searched.bytes > 10'000'000);
    CHECK(Searched::in_words(searched.erased) == "");
    CHECK(Searched::in_words(searched.living) == "");
    CHECK(Searched::in_words(data_keys.memory("keys", process).erased) == "");
  }
#endif
  // The key service has the keys of the living in its hands, which is what it is for; the server has none.
  CHECK(!data_keys.memory("keys", keyd.pid()).living.empty());
  CHECK(Searched::in_words(data_keys.memory("keys", server.pid()).living) == "");
}

}  // namespace mibun::server
