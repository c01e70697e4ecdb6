// The table of signing keys: several copies, sealed, and what was in files before.
#include "platform/keyd/signing_table.h"

#include "platform/keyd/key_directory.h"
#include "platform/keyd/open_key_holder.h"
#include "platform/keyd/stored_signing_keys.h"
#include "tests/platform/keyd/signing.h"
#include "tests/platform/keyd/support.h"
#include "tests/support/softhsm.h"
#include "tests/support/test_pki.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

const SigningKeyId kReceipt{"receipt", 1}, kReceipt2{"receipt", 2};
const std::string kMessage = jwt_of("mibun-consent-receipt+jwt");

// Three directories, a memory beside them, and a passphrase in a file.
struct World {
  explicit World(bool is_sealed = false) {
    settings.directories = {directory.file("a"), directory.file("b"), directory.file("c")};
    settings.memory = directory.file("memory");
    if (is_sealed) seal_with("correct horse");
  }
  void seal_with(std::string_view passphrase) {
    settings.epoch_keys = SealedFiles{SecretFile{secret_file(passphrase)}};
  }
  std::string secret_file(std::string_view passphrase) {
    const std::string path = directory.write("passphrase", passphrase);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }
  Result<std::unique_ptr<SigningKeys>> open(StaleCopies stale = StaleCopies::refuse) {
    stale_copies.clear();
    MIBUN_TRY(const auto prepared, prepare_signing_keys(settings, places));
    MIBUN_TRY(auto opened, prepared(rng, stale));
    stale_copies = opened.stale_copies;
    return std::move(opened.keys);
  }
  std::string copy(const char* of) const { return directory.file(of) + "/signing"; }

  TempDir directory;
  Settings settings;
  SigningPlaces places{
      .directory = directory.file("keys"), .default_directory = directory.file("keyd"), .default_memory = {}};
  std::vector<std::string> stale_copies;
};

crypto::P256PublicKey made_and_certified(SigningKeys& keys, const SigningKeyId& id) {
  const auto key = must(keys.create(id));
  REQUIRE(keys.keep_chain(id, chain_for(key)));
  return key;
}

bool signs_with(SigningKeys& keys, const SigningKeyId& id, const crypto::P256PublicKey& key) {
  const auto signature = keys.sign(Purpose::sign_receipt, id, as_bytes(kMessage));
  return signature.has_value() && key.verify(as_bytes(kMessage), *signature).has_value();
}

// By hand, as somebody does who has the disk and not the key.
void change(const std::string& copy, const std::string& statement) {
  const auto table = must(key_table::open_signing(copy));
  REQUIRE(table->write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(transaction.run(statement.c_str()));
    return {};
  }));
}

bool is_the_same(const std::vector<SigningKey>& one, const std::vector<SigningKey>& other) {
  return std::ranges::equal(one, other, [](const SigningKey& a, const SigningKey& b) {
    return a.id == b.id && a.public_key == b.public_key && a.chain == b.chain && a.is_retired == b.is_retired;
  });
}

}  // namespace

TEST_CASE("signing keys are the same with any two of three directories, and with one nobody has them") {
  World world;
  std::optional<crypto::P256PublicKey> key;
  {
    const auto keys = must(world.open());
    key = made_and_certified(*keys, kReceipt);
  }
  for (const char* away : {"a", "b", "c"}) {
    INFO(away);
    std::filesystem::rename(world.directory.file(away), world.directory.file("away"));
    world.directory.write(away, "no directory");
    CHECK(signs_with(*must(world.open()), kReceipt, *key));
    CHECK(world.stale_copies == std::vector{world.copy(away)});
    std::filesystem::remove(world.directory.file(away));
    std::filesystem::rename(world.directory.file("away"), world.directory.file(away));
    must(world.open(StaleCopies::bring_up));
    CHECK(world.stale_copies.empty());
  }
  for (const char* away : {"a", "b"}) {
    std::filesystem::remove_all(world.directory.file(away));
    world.directory.write(away, "no directory");
  }
  CHECK(code_of(world.open()) == ErrorCode::keyd_no_quorum);
}

TEST_CASE("a copy of signing keys that was away is left out until it is brought up, and a retired key stays retired") {
  World world;
  std::optional<crypto::P256PublicKey> second;
  {
    const auto keys = must(world.open());
    made_and_certified(*keys, kReceipt);
  }
  copy_directory(world.copy("c"), world.directory.file("old"));
  {
    const auto keys = must(world.open());
    second = made_and_certified(*keys, kReceipt2);
    REQUIRE(keys->retire(kReceipt));
  }
  std::filesystem::remove_all(world.copy("c"));
  std::filesystem::rename(world.directory.file("old"), world.copy("c"));
  {
    const auto keys = must(world.open());
    CHECK(world.stale_copies == std::vector{world.copy("c")});
    CHECK(must(keys->list()).at(0).is_retired);
    CHECK(signs_with(*keys, kReceipt2, *second));
    CHECK(code_of(keys->sign(Purpose::sign_receipt, kReceipt, as_bytes(kMessage))) == ErrorCode::not_found);
    CHECK(code_of(keys->create(kReceipt)) == ErrorCode::keyd_key_exists);
  }
  must(world.open(StaleCopies::bring_up));
  for (const char* away : {"a", "b"}) std::filesystem::remove_all(world.copy(away));
  const auto keys = must(world.open(StaleCopies::bring_up));  // all from the one that was behind
  CHECK(signs_with(*keys, kReceipt2, *second));
  CHECK(must(keys->list()).at(0).is_retired);
}

TEST_CASE("a copy of the table for a backup opens with the epoch's key and with no other, and holds no key in clear") {
  World world(true);
  const auto keys = must(world.open());
  const auto key = made_and_certified(*keys, kReceipt);
  const Bytes copy = must(keys->copy_table()).value();
  REQUIRE(keys->retire(kReceipt).error().code == ErrorCode::keyd_purpose_not_allowed);
  made_and_certified(*keys, kReceipt2);  // of after the copy
  REQUIRE(copy.size() > 4096);

  World restored(true);
  restored.settings.directories = {restored.directory.file("a")};
  std::filesystem::create_directories(restored.copy("a"));
  for (const std::string& folder : {restored.directory.file("a"), restored.copy("a")}) {
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  }
  REQUIRE(files::write_new_file(restored.copy("a") + "/signing.db", copy, files::kPrivateFile));
  CHECK(code_of(restored.open()) == ErrorCode::keyd_integrity_error);  // without the epoch's key
  std::filesystem::copy(world.copy("a") + "/epoch-1.sealed", restored.copy("a") + "/epoch-1.sealed");
  {
    const auto opened = must(restored.open());
    CHECK(signs_with(*opened, kReceipt, key));
    CHECK(must(opened->list()).size() == 1);
  }
  restored.seal_with("wrong horse");
  CHECK(code_of(restored.open()) == ErrorCode::sealed_file_wrong_passphrase);
}

TEST_CASE("signing keys in files have no table to copy") {
  const TempDir directory;
  crypto::SystemRng files_rng;
  const auto keys = must(StoredSigningKeys::open_files(directory.file("keys"), files_rng));
  made_and_certified(*keys, kReceipt);
  CHECK(must(keys->copy_table()) == std::nullopt);
}

TEST_CASE("all copies of signing keys put back at once are refused, also with --bring-up") {
  World world;
  {
    made_and_certified(*must(world.open()), kReceipt);
  }
  for (const char* of : {"a", "b", "c"}) copy_directory(world.copy(of), world.directory.file(std::string("old-") + of));
  {
    const auto keys = must(world.open());
    made_and_certified(*keys, kReceipt2);
    REQUIRE(keys->retire(kReceipt));
  }
  for (const char* of : {"a", "b", "c"}) {
    std::filesystem::remove_all(world.copy(of));
    std::filesystem::rename(world.directory.file(std::string("old-") + of), world.copy(of));
  }
  CHECK(code_of(world.open()) == ErrorCode::keyd_stale_replica);
  CHECK(code_of(world.open(StaleCopies::bring_up)) == ErrorCode::keyd_stale_replica);
  for (const char* of : {"a", "b", "c"}) std::filesystem::remove_all(world.copy(of));
  CHECK(code_of(world.open()) == ErrorCode::keyd_integrity_error);  // and no new keys in the place of lost ones
}

TEST_CASE("a table of signing keys that somebody changed is not believed") {
  constexpr const char* kChanges[] = {
      "UPDATE papers SET content = (SELECT content FROM papers WHERE name GLOB '*2.pem') WHERE name GLOB '*t.pem'",
      "DELETE FROM papers WHERE name = 'receipt.pem'",
      "INSERT INTO papers VALUES ('issuer.pem', (SELECT content FROM papers WHERE name = 'receipt.pem'))",
      "DELETE FROM papers WHERE name = 'files are taken'",
      "DELETE FROM names WHERE name = 'receipt-2'",
      "UPDATE names SET slot = (SELECT slot FROM names WHERE name = 'receipt-2') WHERE name = 'receipt'",
      "UPDATE names SET name = 'receipt-3' WHERE name = 'receipt-2'",
      "UPDATE generation SET number = number + 4294967296",
      "DELETE FROM seal",
  };
  for (const char* statement : kChanges) {
    INFO(statement);
    World world;
    std::vector<SigningKey> before;
    {
      const auto keys = must(world.open());
      made_and_certified(*keys, kReceipt);
      made_and_certified(*keys, kReceipt2);
      before = must(keys->list());
    }
    change(world.copy("a"), statement);
    {
      const auto keys = must(world.open());
      CHECK(world.stale_copies == std::vector{world.copy("a")});
      CHECK(is_the_same(must(keys->list()), before));
    }
    for (const char* of : {"b", "c"}) change(world.copy(of), statement);
    CHECK(code_of(world.open()) == ErrorCode::keyd_integrity_error);
  }
}

TEST_CASE(
    "a row that is put into the table under the hands of whoever has it is noticed by the next look at the list") {
  const TempDir directory;
  const std::vector<std::string> folders{directory.file("a")};
  database::Database* open_table = nullptr;
  HolderPlaces places{.directories = folders,
                      .epochs = std::make_unique<FileEpochKeys>(folders),
                      .open_table = [&](const std::string& of) -> Result<std::unique_ptr<database::Database>> {
                        MIBUN_TRY(auto opened, key_table::open_signing(of));
                        open_table = opened.get();
                        return opened;
                      },
                      .table_file = key_table::kSigningFile};
  const auto table =
      std::make_shared<SigningTable>(must(EmbeddedKeyHolder::open(std::move(places), rng)), directory.file("a"));
  std::vector<std::unique_ptr<SigningPlace>> keys_places;
  keys_places.push_back(std::make_unique<TableSigningPlace>(table));
  const auto keys = must(StoredSigningKeys::open(std::make_shared<TablePapers>(table), std::move(keys_places)));
  made_and_certified(*keys, kReceipt);
  // A certificate that can be read, for a name that has no key: by itself it would pass for a retired one.
  const Bytes pem = must(TablePapers(table).all(".pem")).at("receipt");
  CHECK(keys->copy_table().has_value());
  REQUIRE(open_table->write([&](database::Transaction& transaction) {
    return key_table::insert(transaction, {std::string(key_table::kPaper), "issuer.pem", pem});
  }));
  CHECK(code_of(keys->list()) == ErrorCode::keyd_integrity_error);
  CHECK(code_of(keys->create(kReceipt2)) == ErrorCode::keyd_integrity_error);
  CHECK(code_of(keys->copy_table()) == ErrorCode::keyd_integrity_error);  // nor does it come into a backup
}

TEST_CASE("signing keys sealed by a passphrase are in no file in clear, and another passphrase opens nothing") {
  World world(true);
  std::optional<crypto::P256PublicKey> key;
  {
    const auto keys = must(world.open());
    key = made_and_certified(*keys, kReceipt);
  }
  for (const char* of : {"a", "b", "c"}) {
    CHECK(epoch_files(world.copy(of)) == std::vector<std::string>{"epoch-1.sealed"});
  }
  CHECK(!has_signing_key_files(world.places.directory));
  CHECK(!files::exists(world.places.directory + "/master.key"));
  world.seal_with("wrong horse");
  CHECK(code_of(world.open()) == ErrorCode::sealed_file_wrong_passphrase);
  world.seal_with("correct horse");
  CHECK(signs_with(*must(world.open()), kReceipt, *key));
}

TEST_CASE("signing keys move under a passphrase, and into a token and out again, and stay the same") {
  const SoftHsm hsm;
  World world;
  std::optional<crypto::P256PublicKey> key;
  {
    key = made_and_certified(*must(world.open()), kReceipt);
  }
  const EpochKeysSettings plain = PlainFiles{}, sealed = SealedFiles{SecretFile{world.secret_file("horse")}},
                          on_token = TokenObjects{SoftHsm::kModule, SoftHsm::kLabel, SecretFile{hsm.pin_file()}};
  for (const auto& [from, to] : {std::pair(plain, sealed), std::pair(sealed, on_token), std::pair(on_token, plain)}) {
    world.settings.epoch_keys = to;
    world.settings.previous_epoch_keys = from;
    CHECK(signs_with(*must(world.open()), kReceipt, *key));
    world.settings.previous_epoch_keys.reset();
    CHECK(signs_with(*must(world.open()), kReceipt, *key));
  }
}

TEST_CASE("a folder of signing keys in files becomes the table's, every key and certificate of it, and goes on") {
  World world(true);
  const std::string path = world.places.directory;
  std::vector<SigningKey> before;
  {
    const auto keys = must(StoredSigningKeys::open_files(path, rng));
    made_and_certified(*keys, kReceipt);
    made_and_certified(*keys, kReceipt2);
    REQUIRE(keys->retire(kReceipt));
    must(keys->create({"push-sender", 1}));
    must(keys->create({"receipt", 3}));
    before = must(keys->list());
  }
  SUBCASE("in one go") {}
  SUBCASE("after it was cut off when some keys were in the table, and some files gone") {
    copy_directory(path, world.directory.file("copy"));
    std::filesystem::remove(world.directory.file("copy") + "/receipt-3.key");
    const auto prepared = must(prepare_signing_keys(world.settings, world.places));
    {
      // What take_files() does, up to the middle.
      const std::vector<std::string> folders{world.copy("a"), world.copy("b"), world.copy("c")};
      for (const char* of : {"a", "b", "c"}) {
        REQUIRE(files::make_private_directory(world.directory.file(of)));
        REQUIRE(files::make_private_directory(world.copy(of)));
      }
      HolderPlaces places{
          .directories = folders,
          .epochs = std::make_unique<FileEpochKeys>(folders, SealedBy{SecretBytes::copy_of(as_bytes("correct horse"))}),
          .open_table = key_table::open_signing,
          .memory = world.settings.memory + ".signing",
          .table_file = key_table::kSigningFile};
      const auto holder = must(EmbeddedKeyHolder::open(std::move(places), rng));
      const auto scalar = must(must(KeyDirectory::open(path, rng)).kept_key("receipt-3")).scalar();
      REQUIRE(holder->keep_key("receipt-3", scalar.reveal()));
      REQUIRE(holder->keep_paper("receipt-2.pem", must(files::read_file(path + "/receipt-2.pem", 1 << 16))));
      SUBCASE("while the last was erased") {
        for (const char* stem : {"push-sender", "receipt-2"}) {
          REQUIRE(holder->keep_key(stem, must(must(KeyDirectory::open(path, rng)).kept_key(stem)).scalar().reveal()));
          std::filesystem::remove(path + "/" + stem + ".key");
        }
        std::filesystem::rename(path + "/receipt-3.key", path + "/receipt-3.key.erased");
      }
    }
    SUBCASE("with its file") {}
    SUBCASE("without") {
      std::filesystem::remove(path + "/receipt-3.key");
    }
    SUBCASE("while that was erased") {
      std::filesystem::rename(path + "/receipt-3.key", path + "/receipt-3.key.erased");
    }
  }
  const auto keys = must(world.open());
  CHECK(is_the_same(must(keys->list()), before));
  CHECK(signs_with(*keys, kReceipt2, *before.at(2).public_key));
  const auto left = must(files::list_directory(path));
  CHECK(std::ranges::none_of(left, [](const std::string& name) { return name.find(".key") != std::string::npos; }));
  CHECK(code_of(keys->create(kReceipt)) == ErrorCode::keyd_key_exists);
}

TEST_CASE("what opens a server's other files stays when its signing keys are taken into the table") {
  World world;
  const std::string path = world.places.directory;
  {
    must(must(StoredSigningKeys::open_files(path, rng))->create(kReceipt));
  }
  REQUIRE(must(KeyDirectory::open(path, rng)).make_key("tls"));
  must(world.open());
  CHECK(must(KeyDirectory::open(path, rng)).kept_key("tls").has_value());
}

TEST_CASE("a key that comes as a file when the table has its keys is refused, and so is one that does not open") {
  World world;
  const std::string path = world.places.directory, elsewhere = world.directory.file("elsewhere");
  {
    must(must(StoredSigningKeys::open_files(elsewhere, rng))->create(kReceipt));
  }
  SUBCASE("beside a table") {
    must(world.open());
    for (const char* name : {"master.key", "receipt.key"}) {
      std::filesystem::copy_file(elsewhere + "/" + name, path + "/" + name);
    }
    CHECK(code_of(world.open()) == ErrorCode::keyd_integrity_error);
    std::filesystem::remove(path + "/receipt.key");
    CHECK(must(must(world.open())->list()).empty());
  }
  SUBCASE("under another master key") {
    {
      must(must(StoredSigningKeys::open_files(path, rng))->create(kReceipt));
    }
    std::filesystem::copy_file(elsewhere + "/receipt.key", path + "/receipt.key",
                               std::filesystem::copy_options::overwrite_existing);
    CHECK(code_of(world.open()) == ErrorCode::keyd_integrity_error);
    CHECK(files::exists(path + "/receipt.key"));
  }
  SUBCASE("without a master key") {
    must(StoredSigningKeys::open_files(path, rng));
    std::filesystem::copy_file(elsewhere + "/receipt.key", path + "/receipt.key");
    std::filesystem::remove(path + "/master.key");
    CHECK(code_of(world.open()) == ErrorCode::keyd_integrity_error);
    CHECK(!files::exists(path + "/master.key"));
  }
}

TEST_CASE("keys of another directory are taken into a table that is in use, and never over one of its own") {
  World world;
  const std::string from = world.directory.file("from");
  const auto make_in_files = [&](const SigningKeyId& id) {
    return made_and_certified(*must(StoredSigningKeys::open_files(from, rng)), id);
  };
  const auto take = [&]() -> Result<int> {
    MIBUN_TRY(const auto open, prepare_signing_table(world.settings, world.places));
    MIBUN_TRY(const auto table, open(rng, StaleCopies::refuse));
    return table->take_from(from, rng);
  };
  const auto issuer = make_in_files({"issuer", 1});
  {
    must(must(world.open())->create(kReceipt));
  }
  CHECK(must(take()) == 1);
  CHECK(must(take()) == 0);
  CHECK(!has_signing_key_files(from));
  CHECK(must(must(world.open())->list()).at(0).public_key == issuer);
  CHECK(files::exists(world.places.directory + "/issuer.pem"));
  must(must(StoredSigningKeys::open_files(from, rng))->create(kReceipt));
  const auto before = must(must(world.open())->list());
  CHECK(code_of(take()) == ErrorCode::keyd_integrity_error);
  CHECK(files::exists(from + "/receipt.key"));
  CHECK(is_the_same(must(must(world.open())->list()), before));
}

TEST_CASE("keys of the table go on beside a token when the settings say so, and are never forgotten") {
  const SoftHsm hsm;
  World world;
  std::optional<crypto::P256PublicKey> key;
  {
    key = made_and_certified(*must(world.open()), kReceipt);
  }
  world.settings.signing_keys = TokenObjects{SoftHsm::kModule, SoftHsm::kLabel, SecretFile{hsm.pin_file()}};
  CHECK(code_of(world.open()) == ErrorCode::keyd_integrity_error);
  world.settings.has_previous_signing_files = true;
  const auto keys = must(world.open());
  CHECK(signs_with(*keys, kReceipt, *key));
  CHECK(signs_with(*keys, kReceipt2, must(keys->create(kReceipt2))));
}

TEST_CASE("what is known of pairs in a token is in every copy, too") {
  const SoftHsm hsm;
  World world;
  world.settings.signing_keys = TokenObjects{SoftHsm::kModule, SoftHsm::kLabel, SecretFile{hsm.pin_file()}};
  std::optional<crypto::P256PublicKey> key;
  {
    key = made_and_certified(*must(world.open()), kReceipt);
  }
  CHECK(files::exists(world.places.directory + "/receipt.pub"));
  std::filesystem::remove_all(world.places.directory);
  std::filesystem::remove_all(world.directory.file("a"));
  const auto keys = must(world.open());
  CHECK(signs_with(*keys, kReceipt, *key));
  CHECK(must(keys->list()).at(0).chain.size() == 1);
}
