#include "cli/wallet/vault.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/cli/wallet/typed_lines.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::cli;

namespace {

constexpr std::string_view kTwice = "correct horse\ncorrect horse\n";

// One wallet folder; each open() is another run of the program.
struct Folder {
  TempDir dir;
  ManualClock clock{kTestNow};
  SeededRng rng{3};
  Terminal terminal{Language::english};
  std::string home = dir.file("wallet");

  std::unique_ptr<Vault> open() { return std::make_unique<Vault>(home, terminal, clock, rng); }
  void create() {
    const TypedLines typed(kTwice);
    must(open()->create());
  }
  Status unlock(Vault& vault, std::string_view typed_text) const {
    const TypedLines typed(typed_text);
    return vault.unlock();
  }
};

}  // namespace

TEST_CASE("a new vault wants the same passphrase twice, and one of some length") {
  struct Row {
    std::string_view why, typed;
    ErrorCode want;
  };
  static constexpr Row rows[] = {
      {"too short", "short\nshort\n", ErrorCode::invalid_argument},
      {"another one", "correct horse\ncorrect house\n", ErrorCode::invalid_argument},
      {"only once", "correct horse\n", ErrorCode::cancelled},
      {"nothing", "", ErrorCode::cancelled},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Folder folder;
    const TypedLines typed(row.typed);
    const auto vault = folder.open();
    CHECK(code_of(vault->create()) == row.want);
    CHECK(!vault->exists());
  }
}

TEST_CASE("records and keys outlive the program, behind the passphrase") {
  Folder folder;
  folder.create();
  wallet::KeyId key;
  std::optional<crypto::P256PublicKey> public_key;
  {
    const auto vault = folder.open();
    CHECK(code_of(vault->read("note")) == ErrorCode::wallet_locked);
    CHECK(code_of(vault->write("note", "x")) == ErrorCode::wallet_locked);
    must(folder.unlock(*vault, "correct horse\n"));
    must(vault->write("note", "山田花子"));
    key = must(vault->make_key());
    public_key = must(vault->signer(key))->public_key();
  }
  const auto vault = folder.open();
  must(folder.unlock(*vault, "correct horse\n"));
  CHECK(must(vault->read("note")) == "山田花子");
  CHECK(must(vault->signer(key))->public_key() == *public_key);
  CHECK(must(vault->names("no")) == std::vector<std::string>{"note"});
  must(vault->destroy_key(key));
  CHECK(code_of(vault->signer(key)) == ErrorCode::not_found);
  CHECK(folder.dir.read("wallet/records/note").find("山田") == std::string::npos);
}

TEST_CASE("a wrong passphrase opens nothing") {
  Folder folder;
  folder.create();
  const auto vault = folder.open();
  CHECK(code_of(folder.unlock(*vault, "wrong horse\n")) == ErrorCode::sealed_file_wrong_passphrase);
  CHECK(code_of(folder.unlock(*vault, "")) == ErrorCode::cancelled);
  CHECK(code_of(vault->read("note")) == ErrorCode::wallet_locked);
  CHECK(code_of(Vault(folder.dir.file("none"), folder.terminal, folder.clock, folder.rng).unlock()) ==
        ErrorCode::wallet_not_registered);
}

TEST_CASE("a record that was changed, or moved to another name, is refused") {
  Folder folder;
  folder.create();
  const auto vault = folder.open();
  must(folder.unlock(*vault, "correct horse\n"));
  must(vault->write("copy.a.0000", R"({"state":"spent"})"));
  must(vault->write("copy.b.0000", R"({"state":"unused"})"));
  const std::string file = "wallet/records/copy.a.0000";
  const std::string sealed = folder.dir.read(file);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    folder.dir.write(file, changed);
    CHECK(!vault->read("copy.a.0000"));
  }
  folder.dir.write(file, sealed.substr(0, sealed.size() - 1));
  CHECK(!vault->read("copy.a.0000"));
  folder.dir.write(file, folder.dir.read("wallet/records/copy.b.0000"));
  CHECK(code_of(vault->read("copy.a.0000")) == ErrorCode::aead_open_failed);
  folder.dir.write(file, sealed);
  CHECK(must(vault->read("copy.a.0000")) == R"({"state":"spent"})");
}

TEST_CASE("a record's name never leaves the folder") {
  Folder folder;
  folder.create();
  const auto vault = folder.open();
  must(folder.unlock(*vault, "correct horse\n"));
  for (const std::string& name : {std::string(), std::string(".."), std::string("../vault.sealed"), std::string("a/b"),
                                  std::string("/etc/passwd"), std::string(".hidden"), std::string("a\0b", 3),
                                  std::string("a b"), std::string("é"), std::string(201, 'a')}) {
    INFO(name);
    CHECK(code_of(vault->write(name, "x")) == ErrorCode::invalid_argument);
    CHECK(code_of(vault->read(name)) == ErrorCode::invalid_argument);
    CHECK(code_of(vault->remove(name)) == ErrorCode::invalid_argument);
    CHECK(code_of(vault->signer({"../" + name})) == ErrorCode::invalid_argument);
  }
  CHECK(vault->exists());
}

TEST_CASE("unlocking counts as one proof for a minute; asking again always asks") {
  Folder folder;
  folder.create();
  const auto vault = folder.open();
  must(folder.unlock(*vault, "correct horse\n"));
  CHECK(must(vault->verify_user("test")).at() == kTestNow);
  {
    const TypedLines nobody("");
    CHECK(code_of(vault->verify_user("test")) == ErrorCode::cancelled);
  }
  {
    const TypedLines typed("wrong horse\ncorrect horse\n");
    CHECK(code_of(vault->verify_user("test")) == ErrorCode::wallet_user_verification_failed);
    CHECK(vault->verify_user("test").has_value());
  }
  const auto again = [&](std::string_view text) {
    const TypedLines typed(text);
    return vault->verify_user_again("test");
  };
  CHECK(code_of(again("")) == ErrorCode::cancelled);
  CHECK(again("correct horse\n").has_value());
}

TEST_CASE("unlocking long ago is no proof, and never one for a question asked later") {
  for (const bool again : {false, true}) {
    Folder folder;
    folder.create();
    const auto vault = folder.open();
    must(folder.unlock(*vault, "correct horse\n"));
    if (!again) folder.clock.advance(seconds(61));
    const TypedLines nobody("");
    CHECK(code_of(again ? vault->verify_user_again("test") : vault->verify_user("test")) == ErrorCode::cancelled);
  }
}

TEST_CASE("one program at a time") {
  Folder folder;
  folder.create();
  const auto first = folder.open(), second = folder.open();
  must(folder.unlock(*first, "correct horse\n"));
  CHECK(code_of(folder.unlock(*second, "correct horse\n")) == ErrorCode::unavailable);
}

TEST_CASE("destroying leaves no record and no seal") {
  Folder folder;
  folder.create();
  const auto vault = folder.open();
  must(folder.unlock(*vault, "correct horse\n"));
  must(vault->write("note", "x"));
  (void)must(vault->make_key());
  must(vault->destroy());
  CHECK(!vault->exists());
  CHECK(!std::filesystem::exists(folder.home + "/records"));
  CHECK(code_of(vault->read("note")) == ErrorCode::wallet_locked);
}
