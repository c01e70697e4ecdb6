// `mibun serve --own-keyd`: the server starts its key service itself.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <thread>

#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/remote_signing_keys.h"
#include "platform/keyd/settings.h"
#include "tests/cli/proximity/running.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace mibun;

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> with_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {MIBUN_PROGRAM, "--lang", "en"});
  return arguments;
}

// The processes that `parent` has started and that have not ended.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string status = text_of("/proc/" + name + "/status");
    if (status.contains("\nPPid:\t" + std::to_string(parent) + "\n") && !status.contains("\nState:\tZ")) {
      found.push_back(static_cast<pid_t>(std::stol(name)));
    }
  }
  return found;
}

bool becomes_true(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

struct World {
  TempDir directory;
  std::string data = directory.file("data"), socket = data + "/keyd.sock";

  std::vector<std::string> serve(const std::string& keyd = {}) const {
    std::vector<std::string> arguments{"serve", "--data", data, "--port", "0", "--origin", "https://localhost"};
    if (!keyd.empty()) {
      arguments.insert(arguments.end(), {"--config", directory.write("config.json", R"({"keyd":)" + keyd + "}")});
    }
    return with_program(arguments);
  }
  std::vector<std::string> own() const { return serve(R"({"service":"own"})"); }
  ProcessResult keys_list() const { return run_process(with_program({"keys", "list", "--data", data})); }
  // "200 <body>" of the server that runs.
  std::string get(const std::string& path, const std::string& accept = "*/*") const {
    const std::string log = text_of(data + "/log/mibun.jsonl");
    const auto at = log.rfind("\"port\":");
    REQUIRE(at != std::string::npos);
    const std::string port = std::to_string(std::stoi(log.substr(at + 7)));
    const auto answer = run_process({"curl", "-s", "--max-time", "30", "--cacert", data + "/keys/tls-root.crt", "-H",
                                     "Accept: " + accept, "-w", "\n%{http_code}", "https://localhost:" + port + path});
    REQUIRE(answer.exit_code == 0);
    const auto line = answer.out.rfind('\n');
    return answer.out.substr(line + 1) + " " + answer.out.substr(0, line);
  }
  std::string sign() const { return get("/.well-known/openid-credential-issuer", "application/jwt").substr(0, 3); }
  bool answers() const { return keyd::RemoteSigningKeys::open({.socket_path = socket}).has_value(); }
};

struct Server {
  explicit Server(const std::vector<std::string>& argv) : running(argv) { running.wait_for("ready: "); }
  int stop() {
    ::kill(running.pid(), SIGTERM);
    return running.finish();
  }
  Running running;
};

}  // namespace

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
