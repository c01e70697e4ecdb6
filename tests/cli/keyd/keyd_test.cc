#include <doctest/doctest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "cli/keyd/config.h"
#include "core/crypto/hash.h"
#include "platform/files/files.h"
#include "platform/keyd/embedded_key_holder.h"
#include "platform/keyd/remote_key_holder.h"
#include "platform/keyd/signing_names.h"
#include "platform/pkcs11/token.h"
#include "tests/cli/proximity/running.h"
#include "tests/support/softhsm.h"

// The real `mibun keyd`: what docs/key_ceremony.md says is done here, command by command.
namespace {

using namespace mibun;
using namespace mibun::keyd;

const PersonId kAlice{"person-alice"};
const RecordName kName{"card", "row", 1};

std::vector<std::string> with_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {MIBUN_PROGRAM, "--lang", "en"});
  return arguments;
}

ProcessResult run_keyd(const std::vector<std::string>& arguments, std::vector<std::string> environment = {}) {
  return run_process(with_program(arguments), {.environment = std::move(environment)});
}

// The service, once it is ready.
class Keyd {
 public:
  explicit Keyd(std::vector<std::string> arguments) : running_(with_program(std::move(arguments))) {
    running_.wait_for("ready: ");
  }
  int stop() {
    ::kill(running_.pid(), SIGTERM);
    return running_.finish();
  }
  void kill_hard() {
    ::kill(running_.pid(), SIGKILL);
    CHECK(running_.finish() == 128 + SIGKILL);
  }
  pid_t pid() const { return running_.pid(); }
  std::string said() const { return running_.out + running_.err; }

 private:
  Running running_;
};

std::unique_ptr<RemoteKeyHolder> client(const std::string& socket, std::set<uid_t> service_users = {}) {
  auto opened = RemoteKeyHolder::open({.socket_path = socket, .service_users = std::move(service_users)});
  INFO((opened ? std::string() : opened.error().where + ": " + opened.error().detail));
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

std::string proc(pid_t pid, const std::string& file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "Seccomp:\t2" -> "2"
std::string status_of(pid_t pid, const std::string& name) {
  const std::string all = "\n" + proc(pid, "status");
  const auto at = all.find("\n" + name + ":\t");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 3;
  return all.substr(from, all.find('\n', from) - from);
}

std::string token_config(const TempDir& directory, const SoftHsm& hsm, const std::string& more = "") {
  return directory.write("keyd.json", R"({"epoch_keys":{"kind":"token","module":")" + std::string(SoftHsm::kModule) +
                                          R"(","token":")" + SoftHsm::kLabel + R"(","pin_file":")" + hsm.pin_file() +
                                          "\"}" + more + "}");
}

ErrorCode config_error(const TempDir& directory, const std::string& text) {
  const auto config = cli::read_keyd_config(directory.write("config.json", text));
  REQUIRE(!config.has_value());
  return config.error().code;
}

}  // namespace

TEST_CASE("the service holds keys behind its filter, ends when it is told to, and goes on after kill -9") {
  const TempDir directory;
  const std::string path = directory.file("keys"), socket = path + "/keyd.sock";
  std::unique_ptr<RemoteKeyHolder> keys;
  Bytes record;
  {
    Keyd keyd({"keyd", "--directory", path});
    keys = client(socket);
    REQUIRE(keys->create_person_key(kAlice));
    record = keys->seal(kAlice, kName, as_bytes("Alice")).value();
    CHECK(status_of(keyd.pid(), "Seccomp") == "2");
    CHECK(status_of(keyd.pid(), "NoNewPrivs") == "1");
    CHECK(proc(keyd.pid(), "limits").contains("Max core file size        0                    0"));
    struct stat owner{};
    REQUIRE(::stat(("/proc/" + std::to_string(keyd.pid()) + "/maps").c_str(), &owner) == 0);
    CHECK(owner.st_uid == 0);  // not dumpable: its memory belongs to root alone
    const auto second = run_keyd({"keyd", "--directory", path});
    CHECK(second.exit_code == 1);
    CHECK(second.err.contains("io_error"));
    CHECK(keys->open(kAlice, kName, record).has_value());
    keyd.kill_hard();
  }
  CHECK(keys->open(kAlice, kName, record).error().code == ErrorCode::keyd_unavailable);
  {
    Keyd keyd({"keyd", "--directory", path});
    CHECK(as_text(keys->open(kAlice, kName, record).value()) == "Alice");
    REQUIRE(keys->rotate_epoch());  // opens and removes files, behind the filter
    REQUIRE(keys->destroy_person_key(kAlice));
    CHECK(keyd.stop() == 0);
  }
  CHECK(!std::filesystem::exists(socket));
  Keyd keyd({"keyd", "--directory", path});
  CHECK(keys->open(kAlice, kName, record).error().code == ErrorCode::keyd_person_key_missing);
}

TEST_CASE("the ceremony: a token, a service on it, a rotation, a thief, and a move from files into the token") {
  const SoftHsm hsm;
  const TempDir directory;
  const std::string path = directory.file("keys"), socket = directory.file("sock");
  Bytes record;
  {
    Keyd keyd({"keyd", "--directory", path, "--socket", socket});  // as installed: files
    REQUIRE(client(socket)->create_person_key(kAlice));
    record = client(socket)->seal(kAlice, kName, as_bytes("Alice")).value();
    CHECK(keyd.stop() == 0);
  }
  const std::string moving = token_config(directory, hsm, R"(,"previous_epoch_keys":{"kind":"file"})");
  {
    Keyd keyd({"keyd", "--directory", path, "--socket", socket, "--config", moving});
    CHECK(!std::filesystem::exists(path + "/epoch-1.key"));
    CHECK(as_text(client(socket)->open(kAlice, kName, record).value()) == "Alice");
    CHECK(!proc(keyd.pid(), "cmdline").contains(SoftHsm::kPin));
    CHECK(!proc(keyd.pid(), "environ").contains(SoftHsm::kPin));
    CHECK(keyd.stop() == 0);
  }
  const std::string config = token_config(directory, hsm);
  {
    Keyd keyd({"keyd", "--directory", path, "--socket", socket, "--config", config});
    const auto keys = client(socket);
    CHECK(as_text(keys->open(kAlice, kName, record).value()) == "Alice");
    REQUIRE(keys->rotate_epoch());
    // The token goes away behind the running service's back and comes back.
    std::filesystem::rename(hsm.tokens(), hsm.tokens() + ".away");
    std::filesystem::create_directory(hsm.tokens());
    CHECK(keys->create_person_key({"person-bob"}).error().code == ErrorCode::keyd_token_failed);
    std::filesystem::remove(hsm.tokens());
    std::filesystem::rename(hsm.tokens() + ".away", hsm.tokens());
    CHECK(keys->create_person_key({"person-bob"}).has_value());
    CHECK(keyd.stop() == 0);
  }
  // Whoever takes the directory away has no epoch key, and cannot make the program use one of their own.
  const std::string stolen = directory.file("stolen");
  std::filesystem::copy(path, stolen, std::filesystem::copy_options::recursive);
  std::filesystem::permissions(stolen, std::filesystem::perms::owner_all);
  for (const auto& entry : std::filesystem::directory_iterator(stolen)) {
    CHECK(!entry.path().filename().string().starts_with("epoch-"));
  }
  const auto thief = run_keyd({"keyd", "--directory", stolen, "--socket", directory.file("thief")});
  CHECK(thief.exit_code == 1);
  CHECK(thief.err.contains("keyd_integrity_error"));
}

TEST_CASE("kill -9 while epochs rotate in the token loses no key and leaves one epoch") {
  const SoftHsm hsm;
  const TempDir directory;
  const std::string path = directory.file("keys"), socket = directory.file("sock");
  const std::string config = token_config(directory, hsm);
  const std::vector<std::string> start{"keyd", "--directory", path, "--socket", socket, "--config", config};
  Bytes record;
  for (int round = 0; round < 8; ++round) {
    Keyd keyd(start);
    const auto keys = client(socket);
    if (round == 0) {
      REQUIRE(keys->create_person_key(kAlice));
      record = keys->seal(kAlice, kName, as_bytes("Alice")).value();
    }
    CHECK(as_text(keys->open(kAlice, kName, record).value()) == "Alice");
    REQUIRE(keys->rotate_epoch());
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(3 + 17 * round));  // the moment is the point
      ::kill(keyd.pid(), SIGKILL);
    });
    while (keys->rotate_epoch()) {
    }
    killer.join();
  }
  Keyd keyd(start);
  CHECK(as_text(client(socket)->open(kAlice, kName, record).value()) == "Alice");
  CHECK(keyd.stop() == 0);
  auto token = pkcs11::Token::open({SoftHsm::kModule, SoftHsm::kLabel}, SecretBytes::copy_of(as_bytes(SoftHsm::kPin)));
  REQUIRE(token.has_value());
  CHECK((*token)->labels("mibun epoch key").value().size() == 1);
}

TEST_CASE("a wrong PIN, an open PIN file and a missing token end the program with a sentence and no secret") {
  const SoftHsm hsm;
  const TempDir directory;
  const std::string config = token_config(directory, hsm), path = directory.file("keys");
  const auto start = [&] { return run_keyd({"keyd", "--directory", path, "--config", config}); };
  std::ofstream(hsm.pin_file()) << "not the pin\n";
  const auto wrong = start();
  CHECK(wrong.exit_code == 1);
  CHECK(wrong.err.contains("keyd_token_failed"));
  CHECK(!(wrong.err + wrong.out).contains("not the pin"));
  std::ofstream(hsm.pin_file()) << SoftHsm::kPin << "\n";
  ::chmod(hsm.pin_file().c_str(), 0640);
  const auto open = start();
  CHECK(open.exit_code == 1);
  CHECK(open.err.contains("io_error"));
  ::chmod(hsm.pin_file().c_str(), 0600);
  Keyd({"keyd", "--directory", path, "--config", config}).stop();  // and with the right one it starts
  std::filesystem::remove_all(hsm.tokens());
  std::filesystem::create_directory(hsm.tokens());
  CHECK(start().err.contains("keyd_token_failed"));
}

TEST_CASE("a passphrase from a systemd credential seals the epoch keys, and another one does not open them") {
  const TempDir directory;
  const std::string credentials = directory.file("credentials"), path = directory.file("keys");
  std::filesystem::create_directory(credentials);
  const auto give = [&](std::string_view passphrase) {
    std::ofstream(credentials + "/keyd") << passphrase;
    ::chmod((credentials + "/keyd").c_str(), 0400);
  };
  give("a long passphrase\n");
  const std::string config =
      directory.write("keyd.json", R"({"epoch_keys":{"kind":"sealed_file","passphrase_credential":"keyd"}})");
  std::vector<std::string> start{"keyd", "--directory", path, "--config", config};
  const auto without = run_keyd(start);
  CHECK(without.exit_code == 1);
  CHECK(without.err.contains("invalid_argument"));
  start.insert(start.end(), {"--credentials", credentials});
  Bytes record;
  {
    Keyd keyd(start);
    REQUIRE(client(path + "/keyd.sock")->create_person_key(kAlice));
    record = client(path + "/keyd.sock")->seal(kAlice, kName, as_bytes("Alice")).value();
    CHECK(std::filesystem::exists(path + "/epoch-1.sealed"));
    CHECK(keyd.stop() == 0);
  }
  std::filesystem::remove(credentials + "/keyd");
  give("another passphrase");
  CHECK(run_keyd(start).err.contains("sealed_file_wrong_passphrase"));
  std::filesystem::remove(credentials + "/keyd");
  give("a long passphrase");
  {
    Keyd keyd(start);
    CHECK(client(path + "/keyd.sock")->open(kAlice, kName, record).has_value());
  }
}

TEST_CASE("started by root it becomes the configured user, for the configured peer") {
  if (::geteuid() != 0) return;  // only root can
  const passwd* nobody = ::getpwnam("nobody");
  REQUIRE(nobody != nullptr);
  const uid_t uid = nobody->pw_uid;
  const TempDir directory;
  ::chmod(directory.path().c_str(), 0755);
  const std::string path = directory.file("keys"), socket = directory.file("sock");
  std::filesystem::create_directory(path);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  REQUIRE(::chown(path.c_str(), uid, nobody->pw_gid) == 0);
  const std::string config = directory.write("keyd.json", R"({"user":"nobody","peers":["root"]})");
  Keyd keyd({"keyd", "--directory", path, "--socket", socket, "--config", config});
  CHECK(status_of(keyd.pid(), "Uid").starts_with(std::to_string(uid) + "\t" + std::to_string(uid) + "\t"));
  CHECK(status_of(keyd.pid(), "Groups").find_first_not_of(' ') == std::string::npos);
  CHECK(client(socket)->create_person_key(kAlice).has_value());
  CHECK(keyd.stop() == 0);
}

TEST_CASE("out-of-date copies are named, left out, and brought up on request") {
  const TempDir directory;
  const auto copy = [&](int i) { return directory.file("copy" + std::to_string(i)); };
  const std::string config = directory.write(
      "keyd.json", R"({"directories":[")" + copy(0) + R"(",")" + copy(1) + R"(",")" + copy(2) + R"("]})");
  const std::string socket = directory.file("sock");
  const std::vector<std::string> start{"keyd", "--directory", copy(0), "--socket", socket, "--config", config};
  {
    Keyd keyd(start);
    REQUIRE(client(socket)->create_person_key(kAlice));
    CHECK(keyd.stop() == 0);
  }
  std::filesystem::copy(copy(2), directory.file("saved"), std::filesystem::copy_options::recursive);
  {
    Keyd keyd(start);
    REQUIRE(client(socket)->destroy_person_key(kAlice));
    CHECK(keyd.stop() == 0);
  }
  std::filesystem::remove_all(copy(2));
  std::filesystem::rename(directory.file("saved"), copy(2));
  std::filesystem::permissions(copy(2), std::filesystem::perms::owner_all);
  {
    Keyd keyd(start);
    CHECK(keyd.said().contains("out of date and not used: " + copy(2)));
    CHECK(!client(socket)->has_person_key(kAlice).value());
    CHECK(keyd.stop() == 0);
  }
  auto bring_up = start;
  bring_up.emplace_back("--bring-up");
  {
    Keyd keyd(bring_up);
    CHECK(!keyd.said().contains("out of date"));
    CHECK(keyd.stop() == 0);
  }
  std::filesystem::remove_all(copy(0));
  std::filesystem::remove_all(copy(1));
  const auto too_few = run_keyd(start);  // two new, empty copies do not outvote the one that has something
  CHECK(too_few.exit_code == 1);
  CHECK(too_few.err.contains("keyd_stale_replica"));
}

TEST_CASE("tables that were all put back are not opened, behind the filter the memory is kept, and it lies elsewhere") {
  const TempDir directory;
  const std::string path = directory.file("keys"), saved = directory.file("saved"), socket = directory.file("sock");
  const auto with_memory = [&](const std::string& memory) {
    const std::string config = directory.write("keyd.json", R"({"memory":")" + memory + R"("})");
    return std::vector<std::string>{"keyd", "--directory", path, "--socket", socket, "--config", config};
  };
  const auto start = with_memory(directory.file("memory"));
  {
    Keyd keyd(start);
    CHECK(!keyd.said().contains("keyd_without_memory"));
    REQUIRE(client(socket)->create_person_key(kAlice));
    CHECK(keyd.stop() == 0);
  }
  std::filesystem::copy(path, saved, std::filesystem::copy_options::recursive);
  {
    Keyd keyd(start);
    REQUIRE(client(socket)->destroy_person_key(kAlice));
    REQUIRE(client(socket)->rotate_epoch());
    CHECK(keyd.stop() == 0);
  }
  std::filesystem::remove_all(path);
  std::filesystem::rename(saved, path);  // the plain epoch keys of then and all
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  const auto refused = run_keyd(start);
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.contains("keyd_stale_replica"));
  auto bring_up = start;
  bring_up.emplace_back("--bring-up");
  CHECK(run_keyd(bring_up).exit_code == 1);
  const auto inside = run_keyd(with_memory(path + "/memory"));
  CHECK(inside.exit_code != 0);
  CHECK(inside.err.contains("invalid_argument"));
  std::filesystem::remove(directory.file("memory"));  // two people have decided
  CHECK(run_keyd(with_memory(directory.file("memory")))
            .err.contains("keyd_stale_replica"));  // the signing keys' table was put back as well
  std::filesystem::remove(directory.file("memory.signing"));
  Keyd keyd(with_memory(directory.file("memory")));
  CHECK(client(socket)->has_person_key(kAlice).value());
}

TEST_CASE("mibun serve asks the service that its configuration names, and does not start without it") {
  const TempDir directory;
  const std::string path = directory.file("keys"), socket = path + "/keyd.sock";
  const std::string config = directory.write("config.json", R"({"keyd":{"socket":")" + socket + R"("}})");
  const std::vector<std::string> serve{"serve", "--data",   directory.file("data"), "--port", "0", "--config",
                                       config,  "--origin", "https://localhost"};
  const auto alone = run_process(with_program(serve));
  CHECK(alone.exit_code == 1);
  CHECK(alone.err.contains("keyd_unavailable"));
  Keyd keyd({"keyd", "--directory", path});
  Keyd server(serve);
  CHECK(!std::filesystem::exists(directory.file("data") + "/keyd"));
  CHECK(server.stop() == 0);
}

TEST_CASE("a server whose keys are at a service on a token has no signing key, nor is one in a file anywhere") {
  const SoftHsm hsm;
  const TempDir directory;
  const std::string path = directory.file("keys"), socket = directory.file("sock"), data = directory.file("data");
  const std::string keyd_config =
      token_config(directory, hsm,
                   R"(,"signing_keys":{"kind":"token","module":")" + std::string(SoftHsm::kModule) + R"(","token":")" +
                       SoftHsm::kLabel + R"(","pin_file":")" + hsm.pin_file() + "\"}");
  const std::string config = directory.write("config.json", R"({"keyd":{"socket":")" + socket + R"("}})");
  const std::vector<std::string> serve{"serve",    "--data", data,       "--port",           "0",
                                       "--config", config,   "--origin", "https://localhost"};
  const std::vector<std::string> start{"keyd", "--directory", path, "--socket", socket, "--config", keyd_config};
  const auto keys_command = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "keys");
    arguments.insert(arguments.end(), {"--data", data, "--config", config});
    return run_process(with_program(arguments));
  };
  const auto key_files = [](const std::string& folder) {
    auto names = files::list_directory(folder).value();
    std::erase_if(names, [](const std::string& name) { return !name.ends_with(".key"); });
    return names;
  };
  std::string listed;
  {
    Keyd keyd(start);
    {
      Keyd server(serve);
      CHECK(server.stop() == 0);
    }
    // What opens sealed files, TLS, what opens encrypted requests, and the log's own key: nothing that vouches.
    CHECK(key_files(data + "/keys") ==
          std::vector<std::string>{"credential-encryption.key", "log.key", "master.key", "tls-root.key", "tls.key"});
    CHECK(key_files(path + "/signing").empty());
    const auto list = keys_command({"list"});
    REQUIRE(list.exit_code == 0);
    listed = list.out;
    for (const SigningName& name : signing_names()) {
      INFO(name.name);
      CHECK(list.out.contains(std::string(name.name) + " 1  signs"));
      CHECK(std::filesystem::exists(path + "/signing/" + std::string(name.name) + ".pub"));
    }
    CHECK(keys_command({"rotate", "receipt"}).exit_code == 0);
    const auto twice = keys_command({"rotate", "receipt"});  // the first has no certificate yet
    CHECK(twice.exit_code == 1);
    CHECK(twice.err.contains("keyd_key_exists"));
    CHECK(keys_command({"list"}).out.contains("receipt 2  waits for its certificate"));
    keyd.kill_hard();
  }
  CHECK(keys_command({"list"}).err.contains("keyd_unavailable"));
  Keyd keyd(start);
  {
    Keyd server(serve);
    CHECK(server.stop() == 0);
  }
  const std::string after = keys_command({"list"}).out;
  CHECK(after.contains("receipt 1  verifies"));
  CHECK(after.contains("receipt 2  signs"));
  CHECK(after.contains("issuer 1  signs"));
  CHECK(!after.contains("issuer 2"));
  // Without a service at hand the same data begins no keys of its own.
  const auto alone = run_process(with_program({"keys", "list", "--data", directory.file("nowhere")}));
  CHECK(alone.exit_code == 1);
  CHECK(!std::filesystem::exists(directory.file("nowhere")));
}

TEST_CASE("a server's signing keys are taken over by the service, and it does not start while it has some itself") {
  const TempDir directory;
  const std::string path = directory.file("keys"), socket = path + "/keyd.sock", data = directory.file("data");
  const std::vector<std::string> alone{"serve", "--data", data, "--port", "0", "--origin", "https://localhost"};
  {
    Keyd server(alone);
    CHECK(server.stop() == 0);
  }
  const Bytes root = files::read_file(data + "/keys/issuer-root.pem", 65536).value();
  std::filesystem::rename(data + "/keyd", path);
  const std::string config = directory.write("config.json", R"({"keyd":{"socket":")" + socket + R"("}})");
  auto with_service = alone;
  with_service.insert(with_service.end(), {"--config", config});
  {
    Keyd keyd({"keyd", "--directory", path});
    const auto refused = run_process(with_program(with_service));
    CHECK(refused.exit_code == 1);
    CHECK(refused.err.contains("keyd_integrity_error"));
    CHECK(!std::filesystem::exists(path + "/signing/issuer-root.pem"));
    CHECK(keyd.stop() == 0);
  }
  const auto taken = run_keyd({"keyd", "--directory", path, "--take-signing-keys", data + "/keys"});
  CHECK(taken.exit_code == 0);
  CHECK(taken.out.contains("signing keys taken in: 12"));
  Keyd keyd({"keyd", "--directory", path});
  Keyd server(with_service);
  CHECK(files::read_file(path + "/signing/issuer-root.pem", 65536).value() == root);
  CHECK(!std::filesystem::exists(data + "/keys/issuer-root.key"));
  CHECK(server.stop() == 0);
}

TEST_CASE("a configuration that means nothing is refused") {
  const TempDir directory;
  const ErrorCode argument = ErrorCode::invalid_argument;
  CHECK(config_error(directory, R"({"epoch_keys":{"kind":"paper"}})") == argument);
  CHECK(config_error(directory, R"({"epoch_keys":{"kind":"sealed_file"}})") == argument);
  CHECK(config_error(directory,
                     R"({"epoch_keys":{"kind":"sealed_file","passphrase_file":"a","passphrase_credential":"b"}})") ==
        argument);
  CHECK(config_error(directory, R"({"epoch_keys":{"kind":"token","module":"m","token":"t","pin":"1234"}})") ==
        argument);
  CHECK(config_error(directory, R"({"epoch_keys":{"kind":"file"},"previous_epoch_keys":{"kind":"file"}})") == argument);
  CHECK(config_error(directory, R"({"signing_keys":{"kind":"sealed_file","passphrase_file":"a"}})") == argument);
  CHECK(config_error(directory, R"({"previous_signing_keys":{"kind":"file"}})") == argument);
  CHECK(config_error(directory, R"({"signing_keys":{"kind":"token","module":"m","token":"t","pin_file":"p"},
                                    "previous_signing_keys":{"kind":"token"}})") == argument);
  CHECK(config_error(directory, R"({"directories":[]})") == argument);
  CHECK(config_error(directory, R"({"socket":"/run/keyd.sock"})") == argument);
  CHECK(config_error(directory, R"({"socket":"/run/keyd.sock","memory":"/srv/memory"})") == argument);
  CHECK(config_error(directory, R"({"connections_max":0})") == argument);
  CHECK(config_error(directory, R"({"limits":{"show_history":{"per_second":-1,"burst":1}}})") == argument);
  for (const char* text : {R"({"limits":{"everything":{"per_second":1,"burst":1}}})", R"({"pin":"1234"})",
                           R"({"epoch_keys":{"kind":"file","pin":"1234"}})", "{", "[]"}) {
    INFO(text);
    CHECK(!cli::read_keyd_config(directory.write("config.json", text)).has_value());
  }
  const auto good = cli::read_keyd_config(
      directory.write("config.json", R"({"directories":["a","b","c"],"user":"u","peers":["p"],"connections_max":5,
                         "limits":{"show_history":{"per_second":1,"burst":2}}})"));
  REQUIRE(good.has_value());
  CHECK(good->limits.at(Purpose::show_history).burst == 2);
  CHECK(good->connections_max == 5U);
  CHECK(cli::read_keyd_config("").has_value());
}
