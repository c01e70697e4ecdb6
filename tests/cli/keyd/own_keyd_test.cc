// `mibun serve --own-keyd`: the server starts its key service itself.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "platform/keyd/settings.h"
#include "tests/cli/keyd/own_world.h"

using namespace mibun;
using namespace mibun::cli;

TEST_CASE("a server that starts its own key service has the keys in another process, and gets it back when it dies") {
  const World world;
  Server server(world.own());
  const auto children = children_of(server.running.pid());
  REQUIRE(children.size() == 1);
  const std::string status = text_of("/proc/" + std::to_string(children[0]) + "/status");
  CHECK(status.contains("\nSeccomp:\t2\n"));
  CHECK(status.contains("\nNoNewPrivs:\t1\n"));
  CHECK(!std::filesystem::exists(world.data + "/keys/issuer.key"));
  CHECK(std::filesystem::exists(world.data + "/keyd/signing/signing.db"));
  CHECK(world.keys_list().out.contains("issuer 1  signs"));
  const std::string before = world.keys_list().out;
  for (int round = 0; round < 2; ++round) {
    const auto now = children_of(server.running.pid());
    REQUIRE(now.size() == 1);
    ::kill(now[0], SIGKILL);
    CHECK(becomes_true([&] {
      const auto next = children_of(server.running.pid());
      return next.size() == 1 && next != now && world.answers();
    }));
  }
  CHECK(world.keys_list().out == before);
  CHECK(text_of(world.data + "/log/mibun.jsonl").contains("key_service_started_again"));
  CHECK(text_of(world.data + "/log/keyd.jsonl").contains("keyd_serving"));
  const auto last = children_of(server.running.pid());
  CHECK(server.stop() == 0);
  CHECK(last.size() == 1);
  CHECK(::kill(last.at(0), 0) != 0);
  CHECK(!world.answers());
}

TEST_CASE(
    "while its key service cannot be started again, what needs a key is 503 and the rest goes on, and it comes back") {
  const World world;
  Server server(world.own());
  CHECK(world.sign() == "200");
  CHECK(world.get("/readyz").contains(R"("keys":"ok")"));
  const std::string config = text_of(world.data + "/keyd.json");
  std::ofstream(world.data + "/keyd.json") << "{";
  ::kill(children_of(server.running.pid()).at(0), SIGKILL);
  CHECK(becomes_true([&] { return world.get("/readyz").contains(R"("keys":"starting")"); }));
  CHECK(world.get("/readyz").starts_with("200 "));
  CHECK(world.get("/readyz").contains(R"("status":"degraded")"));
  CHECK(world.sign() == "503");
  CHECK(world.get("/.well-known/mibun-trust.json").starts_with("200 "));
  std::ofstream(world.data + "/keyd.json") << config;
  CHECK(becomes_true([&] { return world.get("/readyz").contains(R"("keys":"ok")"); }));
  CHECK(world.sign() == "200");
  CHECK(server.stop() == 0);
}

TEST_CASE("a key service of the server's own that hangs is killed and started again, and the server goes on") {
  const World world;
  Server server(world.own());
  const std::string before = world.keys_list().out;
  const pid_t hanging = children_of(server.running.pid()).at(0);
  CHECK(::kill(hanging, SIGSTOP) == 0);
  CHECK(becomes_true([&] { return !world.get("/readyz").contains(R"("keys":"ok")"); }));
  CHECK(world.get("/readyz").starts_with("200 "));
  CHECK(world.get("/.well-known/mibun-trust.json").starts_with("200 "));
  CHECK(becomes_true([&] {
    const auto next = children_of(server.running.pid());
    return next.size() == 1 && next[0] != hanging && world.get("/readyz").contains(R"("keys":"ok")");
  }));
  CHECK(becomes_true([&] { return world.sign() == "200"; }));
  CHECK(world.keys_list().out == before);
  const std::string log = text_of(world.data + "/log/mibun.jsonl");
  CHECK(log.contains("key_service_hung"));
  CHECK(log.contains("key_service_started_again"));
  CHECK(server.stop() == 0);
}

TEST_CASE("a key service that hangs while the server is told to end does not keep it") {
  const World world;
  Server server(world.own());
  CHECK(::kill(children_of(server.running.pid()).at(0), SIGSTOP) == 0);
  CHECK(server.stop() == 0);
}

TEST_CASE("a server that is killed leaves no key service behind, and the next one starts at once") {
  const World world;
  pid_t orphan = -1;
  {
    Server server(world.own());
    orphan = children_of(server.running.pid()).at(0);
    ::kill(server.running.pid(), SIGKILL);
    CHECK(server.running.finish() == 128 + SIGKILL);  // which reads until nobody has its outputs any more
  }
  Server next(world.own());
  CHECK(children_of(next.running.pid()).at(0) != orphan);
  CHECK((::kill(orphan, 0) != 0 || text_of("/proc/" + std::to_string(orphan) + "/status").contains("State:\tZ")));
  CHECK(next.stop() == 0);
}

TEST_CASE("a server's keys go to its own service and come back, and are the same") {
  const World world;
  {
    Server server(world.serve());
    CHECK(std::filesystem::exists(world.data + "/keys/issuer.key"));
    CHECK(server.stop() == 0);
  }
  const std::string before = world.keys_list().out;
  CHECK(before.contains("issuer-root 1  signs"));
  const std::string root = text_of(world.data + "/keys/issuer-root.pem");
  for (const auto& argv : {world.own(), world.serve(), world.own()}) {
    Server server(argv);
    CHECK(server.stop() == 0);
    CHECK(!std::filesystem::exists(world.data + "/keys/issuer.key"));
    CHECK(world.keys_list().out == before);
    CHECK(text_of(world.data + "/keys/issuer-root.pem") == root);
  }
}

TEST_CASE("with a passphrase that is not the right one the server does not start, and says the code") {
  const World world;
  const std::string secret = world.directory.write("passphrase", "correct horse");
  std::filesystem::permissions(secret, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const std::string keyd =
      R"({"service":"own","epoch_keys":{"kind":"sealed_file","passphrase_file":")" + secret + "\"}}";
  {
    Server server(world.serve(keyd));
    CHECK(server.stop() == 0);
  }
  CHECK(std::filesystem::exists(world.data + "/keyd/signing/epoch-1.sealed"));
  CHECK(!std::filesystem::exists(world.data + "/keyd/signing/epoch-1.key"));
  {
    // The same as a systemd credential.
    auto argv =
        world.serve(R"({"service":"own","epoch_keys":{"kind":"sealed_file","passphrase_credential":"passphrase"}})");
    argv.insert(argv.end(), {"--credentials", world.directory.path()});
    Server server(argv);
    CHECK(server.stop() == 0);
  }
  world.directory.write("passphrase", "wrong horse");
  const auto refused = run_process(world.serve(keyd));
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.contains("sealed_file_wrong_passphrase"));
  CHECK(refused.err.contains("keyd_unavailable"));
}

TEST_CASE("where keys are said to be at two places, or at none there is, is refused") {
  const auto error_of = [](std::string_view text) {
    const auto object = json::parse_object(text);
    REQUIRE(object.has_value());
    json::ObjectReader reader(*object, "keyd");
    const auto settings = keyd::read_settings(reader);
    return settings ? std::optional<ErrorCode>() : settings.error().code;
  };
  CHECK(error_of(R"({"service":"own","socket":"/run/keyd.sock"})") == ErrorCode::invalid_argument);
  CHECK(error_of(R"({"service":"in_process","socket":"/run/keyd.sock"})") == ErrorCode::invalid_argument);
  CHECK(error_of(R"({"service":"socket"})") == ErrorCode::invalid_argument);
  CHECK(error_of(R"({"service":"elsewhere"})") == ErrorCode::invalid_argument);
  CHECK(!error_of(R"({"service":"socket","socket":"/run/keyd.sock"})"));
  CHECK(!error_of(R"({"service":"own","directories":["/a","/b"]})"));
  CHECK(!error_of(R"({"service":"in_process"})"));
}
