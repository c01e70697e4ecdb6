// The signing keys of a server with a key service of its own lie in a table, which is in the generations of its backup.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/cli/keyd/own_world.h"

using namespace mibun;
using namespace mibun::cli;

namespace fs = std::filesystem;

namespace {

// A server that ran and was backed up, with nothing running any more, and what is left when its machine is lost.
struct Lost {
  explicit Lost(std::string keyd_member = R"({"service":"own"})", bool while_it_runs = true)
      : keyd(std::move(keyd_member)) {
    password = world.directory.write("password", "a password of a test\n");
    std::optional<Server> server(std::in_place, world.serve(keyd));
    list = world.keys_list().out;
    REQUIRE(list.contains("issuer 1  signs"));
    root = text_of(world.data + "/keys/issuer-root.pem");
    if (!while_it_runs) REQUIRE(server->stop() == 0);
    const ProcessResult made = backup();
    INFO(made.out << made.err);
    REQUIRE(made.exit_code == 0);
    if (while_it_runs) REQUIRE(server->stop() == 0);
    server.reset();
    fs::create_directory(keys);
    fs::copy(world.data + "/keys/master.key", keys + "/master.key");
    fs::copy(world.data + "/journal", journal, fs::copy_options::recursive);
    fs::copy(world.data + "/keyd", keyd_directory, fs::copy_options::recursive);
    fs::permissions(keyd_directory, fs::perms::owner_all);
    fs::permissions(keyd_directory + "/signing", fs::perms::owner_all);
    for (const char* memory : {".memory", ".memory.signing"}) {
      fs::copy(world.data + "/keyd" + memory, keyd_directory + memory);
    }
  }

  ProcessResult backup() const {
    return run_process(with_program({"backup", "--data", world.data, "--repository", repository, "--password-file",
                                     password, "--config", world.directory.file("config.json")}),
                       {.timeout = std::chrono::minutes(2)});
  }
  ProcessResult restore(const World& fresh, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{
        "restore",  "--repository", repository, "--password-file", password, "--generation", "1", "--data",
        fresh.data, "--keys",       keys,       "--journal",       journal};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_process(with_program(arguments), {.timeout = std::chrono::minutes(2)});
  }
  ProcessResult restore_with_keyd(const World& fresh, std::vector<std::string> more = {}) const {
    more.insert(more.end(), {"--keyd-directory", keyd_directory});
    return restore(fresh, more);
  }
  // The server goes on with the keys that it had: their certificates are everybody's, and it signs below them.
  void check_same_keys(const World& fresh) const {
    Server server(fresh.serve(keyd));
    CHECK(fresh.keys_list().out == list);
    CHECK(fresh.sign() == "200");
    CHECK(text_of(fresh.data + "/keys/issuer-root.pem") == root);
    CHECK(server.stop() == 0);
  }

  World world;
  const std::string keyd;
  const std::string repository = world.directory.file("repository"), keys = world.directory.file("kept keys"),
                    journal = world.directory.file("kept journal"), keyd_directory = world.directory.file("kept keyd"),
                    table = keyd_directory + "/signing/signing.db", epoch = keyd_directory + "/signing/epoch-1.key";
  std::string password, list, root;
};

void lose_table(const Lost& lost) {
  for (const char* file : {"", "-wal", "-shm"}) fs::remove(lost.table + file);
}

bool has_signing_folder(const World& world) {
  return fs::exists(world.data + "/signing");
}

}  // namespace

TEST_CASE("the signing keys' table is in a generation, and opens after a restore with the key of its epoch") {
  const Lost lost;
  lose_table(lost);
  const World fresh;
  const ProcessResult restored = lost.restore_with_keyd(fresh);
  INFO(restored.out << restored.err);
  CHECK(restored.exit_code == 0);
  CHECK(restored.out.contains("Restored: generation 1"));
  CHECK(fs::exists(fresh.data + "/keyd/signing/signing.db"));
  CHECK(!has_signing_folder(fresh));
  lost.check_same_keys(fresh);
}

TEST_CASE("a table that is newer than the generation's is the server's, and the generation's goes") {
  const Lost lost;
  const World fresh;
  const ProcessResult restored = lost.restore_with_keyd(fresh);
  INFO(restored.out << restored.err);
  CHECK(restored.exit_code == 0);
  CHECK(!has_signing_folder(fresh));
  // What it remembers goes where the table goes.
  CHECK(fs::exists(fresh.data + "/keyd.memory.signing"));
  CHECK(!fs::exists(lost.keyd_directory + ".memory.signing"));
  lost.check_same_keys(fresh);
}

TEST_CASE(
    "without the key of the epoch nothing is restored, and what is missing is named, unless somebody does without") {
  const Lost lost;
  lose_table(lost);
  fs::remove(lost.epoch);
  const World fresh;
  const ProcessResult refused = lost.restore_with_keyd(fresh);
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.contains("not_found"));
  CHECK(refused.err.contains("signing/epoch-1.key"));
  CHECK(!fs::exists(fresh.data));
  CHECK(fs::exists(lost.keyd_directory + "/keyd.db"));
  const ProcessResult restored = lost.restore_with_keyd(fresh, {"--without-signing-keys"});
  INFO(restored.out << restored.err);
  CHECK(restored.exit_code == 0);
  CHECK(!has_signing_folder(fresh));
  Server server(fresh.serve(lost.keyd));
  CHECK(fresh.sign() == "200");
  CHECK(server.stop() == 0);
}

TEST_CASE("the key of the epoch may have been kept beside the master key, and the folder of the table be lost") {
  const Lost lost;
  fs::create_directory(lost.keys + "/signing");
  fs::copy(lost.epoch, lost.keys + "/signing/epoch-1.key");
  fs::remove_all(lost.keyd_directory + "/signing");
  fs::remove(lost.keyd_directory + ".memory.signing");
  const World fresh;
  const ProcessResult restored = lost.restore_with_keyd(fresh);
  INFO(restored.out << restored.err);
  CHECK(restored.exit_code == 0);
  lost.check_same_keys(fresh);
}

TEST_CASE("a table of a generation that is older than what is remembered is refused until the memory is put aside") {
  const Lost lost;
  lose_table(lost);
  const std::string memory = lost.keyd_directory + ".memory.signing";
  std::ofstream(memory) << "mibun keyd memory 1 " << (std::int64_t{1} << 40) << "\n";
  const World fresh;
  const ProcessResult refused = lost.restore_with_keyd(fresh);
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.contains("keyd_stale_replica"));
  CHECK(!fs::exists(fresh.data));
  fs::remove(memory);
  CHECK(lost.restore_with_keyd(fresh).exit_code == 0);
  lost.check_same_keys(fresh);
}

TEST_CASE("where the keys are with a service elsewhere, the generation's table is laid aside and said to be there") {
  const Lost lost;
  const World fresh;
  const ProcessResult restored = lost.restore(fresh);
  INFO(restored.out << restored.err);
  CHECK(restored.exit_code == 0);
  CHECK(restored.out.contains("<data>/signing"));
  CHECK(fs::exists(fresh.data + "/signing/signing.db"));
  CHECK(!fs::exists(fresh.data + "/keyd"));
}

TEST_CASE("no key of an epoch is in a generation, and no key of a person") {
  const Lost lost;
  const World fresh;
  REQUIRE(lost.restore(fresh).exit_code == 0);
  const std::string key = text_of(lost.epoch);
  REQUIRE(key.size() >= 32);
  for (const auto& entry : fs::recursive_directory_iterator(fresh.data)) {
    const std::string name = entry.path().filename();
    CHECK(!name.starts_with("epoch-"));
    CHECK(name != "keyd.db");
    if (entry.is_regular_file()) CHECK(!text_of(entry.path()).contains(key));
  }
}

TEST_CASE("a generation that has a table in copies in the server's own process, and one that nobody has open") {
  const TempDir elsewhere;
  const std::string keyd = R"({"directories":[")" + elsewhere.file("a") + R"(",")" + elsewhere.file("b") + R"("]})";
  for (const bool while_it_runs : {true, false}) {
    CAPTURE(while_it_runs);
    World world;
    const std::string password = world.directory.write("password", "a password of a test\n");
    std::optional<Server> server(std::in_place, world.serve(keyd));
    if (!while_it_runs) REQUIRE(server->stop() == 0);
    const ProcessResult made =
        run_process(with_program({"backup", "--data", world.data, "--repository", world.directory.file("repository"),
                                  "--password-file", password, "--config", world.directory.file("config.json")}),
                    {.timeout = std::chrono::minutes(2)});
    INFO(made.out << made.err);
    CHECK(made.exit_code == 0);
    if (while_it_runs) CHECK(server->stop() == 0);
    const World fresh;
    const ProcessResult restored =
        run_process(with_program({"restore", "--repository", world.directory.file("repository"), "--password-file",
                                  password, "--generation", "1", "--data", fresh.data, "--keys", world.data + "/keys",
                                  "--journal", world.data + "/journal"}),
                    {.timeout = std::chrono::minutes(2)});
    INFO(restored.out << restored.err);
    CHECK(restored.exit_code == 0);
    CHECK(fs::exists(fresh.data + "/signing/signing.db"));
    fs::remove_all(elsewhere.file("a"));
    fs::remove_all(elsewhere.file("b"));
  }
}

TEST_CASE("while the key service is away there is no generation, and it is said") {
  World world;
  const std::string password = world.directory.write("password", "a password of a test\n");
  {
    Server server(world.own());
    CHECK(server.stop() == 0);
  }
  world.directory.write("config.json", R"({"keyd":{"socket":")" + world.directory.file("nobody") + R"("}})");
  const ProcessResult refused =
      run_process(with_program({"backup", "--data", world.data, "--repository", world.directory.file("repository"),
                                "--password-file", password, "--config", world.directory.file("config.json")}));
  CHECK(refused.exit_code == 1);
  CHECK(refused.err.contains("keyd_unavailable"));
}
